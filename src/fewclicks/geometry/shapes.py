"""The pixels of any shape: a box, upright or oriented, polygons, a mask or a point."""

import math
from typing import Protocol, assert_never, runtime_checkable

import numpy as np

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import rasterize

# The nouns live in `labels`, a layer above: here a shape is known by what it has.


@runtime_checkable
class Ringed(Protocol):
    """Polygons: the union of rings x0, y0, x1, y1, ..."""

    @property
    def rings(self) -> tuple[tuple[float, ...], ...]: ...


@runtime_checkable
class Boxed(Protocol):
    """An upright box in pixels."""

    @property
    def xyxy(self) -> tuple[float, float, float, float]: ...


@runtime_checkable
class Oriented(Protocol):
    """An oriented box, by its corners x0, y0, x1, y1, ..."""

    @property
    def ring(self) -> tuple[float, ...]: ...


@runtime_checkable
class Placed(Protocol):
    """A point, by its x and y."""

    @property
    def xy(self) -> tuple[float, float]: ...


def mask_from_shape(shape: Boxed | Oriented | Ringed | Placed | Mask, size_hw: tuple[int, int]) -> Mask:
    """The pixels of an image of `size_hw` whose centres the shape covers; what lies outside the image is left out.

    Of a point it is the one pixel that contains it; a point on the right or lower border belongs to the last pixel.
    Raises ValueError for a mask that belongs to an image of another size.
    """
    if isinstance(shape, Mask):
        if shape.size_hw != size_hw:
            raise ValueError(f"the mask belongs to an image of {shape.size_hw}, not of {size_hw}")
        return shape
    if isinstance(shape, Ringed):
        return rasterize(shape.rings, size_hw)
    if isinstance(shape, Oriented):
        return rasterize([shape.ring], size_hw)
    if isinstance(shape, Boxed):
        return _box_mask(shape.xyxy, size_hw)
    if isinstance(shape, Placed):
        return _point_mask(shape.xy, size_hw)
    assert_never(shape)


def _point_mask(xy: tuple[float, float], size_hw: tuple[int, int]) -> Mask:
    (x, y), (height, width) = xy, size_hw
    if not (0 <= x <= width and 0 <= y <= height):
        return Mask.empty(size_hw)
    return Mask(np.ones((1, 1), bool), (min(int(x), width - 1), min(int(y), height - 1)), size_hw)


def _box_mask(xyxy: tuple[float, float, float, float], size_hw: tuple[int, int]) -> Mask:
    height, width = size_hw
    x0, x1 = (min(max(math.ceil(x - 0.5), 0), width) for x in xyxy[::2])
    y0, y1 = (min(max(math.ceil(y - 0.5), 0), height) for y in xyxy[1::2])
    if x0 >= x1 or y0 >= y1:
        return Mask.empty(size_hw)
    return Mask(np.ones((y1 - y0, x1 - x0), bool), (x0, y0), size_hw)

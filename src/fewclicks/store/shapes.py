"""Shapes between their stored JSON and the types of `fewclicks.labels`."""

from collections.abc import Iterable
from dataclasses import asdict, astuple
from typing import assert_never

import numpy as np
from jaxtyping import Integer

from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import decode_rle, encode_partition, encode_rle
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Box, OrientedBox, Polygons, Shape
from fewclicks.store.snapshots import Json

FARTHEST = 1e6  # pixels from the origin; what the REST contract carries


def shape_to_json(shape: Shape) -> Json:
    """The stored form of `shape`; a mask is kept by its run lengths and tight box."""
    match shape:
        case Box():
            return {"type": "box", "xyxy": list(shape.xyxy)}
        case OrientedBox():
            return {"type": "oriented_box", **asdict(shape)}
        case Polygons():
            return {"type": "polygons", "rings": [list(ring) for ring in shape.rings]}
        case Mask():
            tight = shape.tight()
            return _mask_to_json(shape.size_hw, encode_rle(tight), tight.xyxy)
    assert_never(shape)


def partition_to_json(numbers: Integer[np.ndarray, "H W"], wanted: Iterable[int]) -> dict[int, Json]:
    """The stored form of the masks of the `wanted` numbers of a partition."""
    size_hw = (numbers.shape[0], numbers.shape[1])
    return {number: _mask_to_json(size_hw, *rle) for number, rle in encode_partition(numbers, wanted).items()}


def _mask_to_json(size_hw: tuple[int, int], counts: str, xyxy: tuple[int, int, int, int]) -> Json:
    return {"type": "mask", "size": list(size_hw), "counts": counts, "xyxy": list(xyxy)}


def shape_from_json(shape: Json) -> Shape:
    """The shape of a stored form. Raises InputError when its run lengths are not those of its size."""
    if shape["type"] == "box":
        return Box(*shape["xyxy"])
    if shape["type"] == "oriented_box":
        return OrientedBox(*(shape[key] for key in ("cx", "cy", "w", "h", "angle")))
    if shape["type"] == "polygons":
        return Polygons(tuple(tuple(ring) for ring in shape["rings"]))
    height, width = shape["size"]
    return decode_rle(shape["counts"], (height, width))


class EmptyShapeError(InputError):
    """A shape covers no pixel of its image, or has no area."""


def checked_shape(shape: Json, size_hw: tuple[int, int]) -> Json:
    """`shape` as it shall be stored: coordinates to a millionth of a pixel, which every format gives back exactly.

    Raises InputError when it is not a shape in an image of `size_hw`, EmptyShapeError when it covers no pixel of it.
    """
    if shape["type"] == "mask" and tuple(shape["size"]) != size_hw:
        height, width = shape["size"]
        raise InputError(f"the mask is {width}x{height}, its image is {size_hw[1]}x{size_hw[0]}")
    noun = shape_from_json(shape)
    _check_reach(noun)
    if isinstance(noun, Box):
        box = Box(*map(_rounded, noun.xyxy))
        check_box(box.xyxy, size_hw)
        return shape_to_json(box)
    if isinstance(noun, OrientedBox):
        return shape_to_json(_canonical(noun, size_hw))
    if isinstance(noun, Polygons):
        _check_rings(noun)
        noun = Polygons(tuple(tuple(map(_rounded, ring)) for ring in noun.rings))
    if mask_from_shape(noun, size_hw).area == 0:
        raise EmptyShapeError(f"the {shape['type']} covers no pixel of the image")
    return shape_to_json(noun)


def _check_reach(shape: Shape) -> None:
    """Raise InputError for a corner so far away that numbers of its size tell no pixels apart."""
    if isinstance(shape, Mask):
        return
    rings = shape.rings if isinstance(shape, Polygons) else [astuple(shape)]
    farthest = max((abs(value) for ring in rings for value in ring), default=0.0)
    if not farthest <= FARTHEST:
        raise InputError(f"a coordinate of {farthest:g} is too far away: at most {FARTHEST:,.0f} pixels fit")


def _rounded(coordinate: float) -> float:
    return round(coordinate, oriented.PIXEL_DECIMALS)


def _canonical(box: OrientedBox, size_hw: tuple[int, int]) -> OrientedBox:
    found = oriented.canonical(np.array(box.cxcywha, np.float64))
    if found[2:4].min() <= 0:
        problem = f"the sides of an oriented box must be above 0, not {box.w:g} and {box.h:g}"
        raise InputError(problem) if found[2:4].min() < 0 else EmptyShapeError(problem)
    x0, y0, x1, y1 = oriented.enclosing(found).tolist()
    check_box((x0, y0, x1, y1), size_hw)
    return OrientedBox.from_array(found)


def _check_rings(polygons: Polygons) -> None:
    if not polygons.rings:
        raise InputError("a polygon needs at least one ring")
    for ring in polygons.rings:
        if len(ring) < 6 or len(ring) % 2:
            raise InputError(f"a polygon needs x and y of at least 3 corners, not {len(ring)} numbers")


def check_box(xyxy: tuple[float, float, float, float], size_hw: tuple[int, int]) -> None:
    """Raise InputError unless the box has an area and meets the image; EmptyShapeError when it has only no area."""
    x0, y0, x1, y1 = xyxy
    if x1 <= x0 or y1 <= y0:
        problem = f"a box needs x0 < x1 and y0 < y1, not {x0:g}, {y0:g}, {x1:g}, {y1:g}"
        raise InputError(problem) if x1 < x0 or y1 < y0 else EmptyShapeError(problem)
    if x1 <= 0 or y1 <= 0 or x0 >= size_hw[1] or y0 >= size_hw[0]:
        place = f"{x0:g}, {y0:g}, {x1:g}, {y1:g}"
        raise InputError(f"the box {place} lies outside the image of {size_hw[1]}x{size_hw[0]}")


def check_point(x: float, y: float, size_hw: tuple[int, int], what: str) -> None:
    if not (0 <= x <= size_hw[1] and 0 <= y <= size_hw[0]):
        raise InputError(f"the {what} at {x:g}, {y:g} is outside the image of {size_hw[1]}x{size_hw[0]}")

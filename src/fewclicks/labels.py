"""The nouns of a labelled set: classes, images, annotations, shapes. All frozen.

Coordinates follow docs/conventions.md: pixels, origin at the top-left corner of the top-left
pixel, pixel i covers [i, i + 1), x before y.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float64

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.oriented import corners

Extra = Mapping[str, Any]
NO_EXTRA: Extra = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box; x0 <= x1, y0 <= y1, pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.x0, self.y0, self.x1, self.y1)


@dataclass(frozen=True, slots=True)
class OrientedBox:
    """A box of sides w and h around cx, cy, turned by `angle` radians, clockwise on the screen; pixels.

    Of the ways to write the same box one is canonical, see docs/conventions.md.
    """

    cx: float
    cy: float
    w: float
    h: float
    angle: float

    @classmethod
    def from_array(cls, cxcywha: Float64[np.ndarray, "5"]) -> "OrientedBox":
        return cls(*cxcywha.tolist())

    @property
    def cxcywha(self) -> tuple[float, float, float, float, float]:
        return (self.cx, self.cy, self.w, self.h, self.angle)

    @property
    def ring(self) -> tuple[float, ...]:
        """Its corners x0, y0, x1, y1, ..., clockwise, first the one that is top left at the angle 0."""
        return tuple(corners(np.array(self.cxcywha, np.float64)).ravel().tolist())


@dataclass(frozen=True, slots=True)
class Polygons:
    """The union of simple polygons; each ring is x0, y0, x1, y1, ... in pixels, at least three vertices."""

    rings: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A place in an object, at x, y; pixels."""

    x: float
    y: float

    @property
    def xy(self) -> tuple[float, float]:
        return (self.x, self.y)


Shape = Box | OrientedBox | Polygons | Mask | Point


@dataclass(frozen=True, slots=True)
class LabelClass:
    """A class; `color` is "#rrggbb"; `extra` holds what a file said about it beyond these fields."""

    id: int
    name: str
    color: str = ""
    extra: Extra = field(default_factory=lambda: NO_EXTRA, hash=False)


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image by its path relative to the image folder, with the size a viewer shows (EXIF applied).

    The size is 0x0 in a data set from a format that does not tell it.
    """

    id: int
    file_name: str
    width: int
    height: int
    extra: Extra = field(default_factory=lambda: NO_EXTRA, hash=False)

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.height, self.width)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or what made an annotation: a person, perhaps with a method and its weights, in which round."""

    person: str = "local"
    method: str = "manual"
    weights: str = ""
    round: int = 0
    predicted_quality: float | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """One labelled object. `id` is unique in its data set; `crowd` marks a group that cannot be told apart."""

    id: str
    image_id: int
    class_id: int
    shape: Shape
    crowd: bool = False
    provenance: Provenance | None = None
    extra: Extra = field(default_factory=lambda: NO_EXTRA, hash=False)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Classes, images and annotations, as one file or one project holds them."""

    classes: tuple[LabelClass, ...] = ()
    images: tuple[ImageRecord, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    extra: Extra = field(default_factory=lambda: NO_EXTRA, hash=False)

"""Four corners as an oriented box, and back.

People click four corners, and what they click is rarely a rectangle. The box is the smallest rectangle around them;
the corners stand among the extra keys and are written again as long as the box has not been changed.
"""

from types import MappingProxyType
from typing import assert_never

import numpy as np

from fewclicks.formats.record import is_finite
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.labels import NO_EXTRA, Annotation, Box, Extra, OrientedBox, Point, Polygons, Shape

CORNERS = "corners"  # among the extra keys: x0, y0, x1, y1, ... as the file has them
TOLERANCE = 1e-5  # pixels: the box has these corners, and begins with the same one

Quad = tuple[float, ...]


def read_quad(quad: Quad) -> tuple[OrientedBox, Extra]:
    """The box of four corners, and the extra keys that keep them where the box alone would not."""
    box = around(quad)
    if max(abs(a - b) for a, b in zip(box.ring, quad, strict=True)) <= TOLERANCE:
        return box, NO_EXTRA
    return box, MappingProxyType({CORNERS: list(quad)})


def means_the_same(quad: Quad, other: Quad) -> bool:
    """Whether both are read as the same."""
    return read_quad(quad) == read_quad(other)


def around(ring: Quad) -> OrientedBox:
    """The oriented box of smallest area around points x0, y0, x1, y1, ..."""
    return OrientedBox.from_array(oriented.from_points(np.array(ring, np.float64).reshape(-1, 2)))


def quad_of(annotation: Annotation) -> Quad:
    """The corners to write for an annotation: those that it was read with, or else those of its oriented box."""
    kept = annotation.extra.get(CORNERS)
    if (
        isinstance(kept, list)
        and len(kept) == 8
        and all(map(is_finite, kept))
        and around(tuple(kept)) == annotation.shape
    ):
        return tuple(kept)
    return oriented_box(annotation.shape).ring


def oriented_box(shape: Shape) -> OrientedBox:
    """The smallest oriented box around any shape; of an oriented one canonical, of a point one without area."""
    match shape:
        case OrientedBox():
            return OrientedBox.from_array(oriented.canonical(np.array(shape.cxcywha, np.float64)))
        case Box():
            return OrientedBox.from_array(oriented.from_upright(np.array(shape.xyxy, np.float64)))
        case Polygons():
            return around(tuple(value for ring in shape.rings for value in ring))
        case Mask():
            return OrientedBox.from_array(oriented.from_mask(shape))
        case Point():
            return OrientedBox(*shape.xy, 0, 0, 0)
    assert_never(shape)

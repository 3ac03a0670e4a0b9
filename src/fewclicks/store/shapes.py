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
from fewclicks.labels import Box, OrientedBox, Point, Polygons, Shape
from fewclicks.prompts import XYXY
from fewclicks.store.snapshots import Json

FARTHEST = 1e6  # pixels from the origin, as in the REST interface


def shape_to_json(shape: Shape) -> Json:
    """Return the stored form of `shape`; a mask is stored as run lengths and tight box."""
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
        case Point():
            return {"type": "point", **asdict(shape)}
    assert_never(shape)


def partition_to_json(numbers: Integer[np.ndarray, "H W"], wanted: Iterable[int]) -> dict[int, Json]:
    """Return the stored form of the masks of the `wanted` numbers of a partition."""
    size_hw = (numbers.shape[0], numbers.shape[1])
    return {number: _mask_to_json(size_hw, *rle) for number, rle in encode_partition(numbers, wanted).items()}


def _mask_to_json(size_hw: tuple[int, int], counts: str, xyxy: tuple[int, int, int, int]) -> Json:
    return {"type": "mask", "size": list(size_hw), "counts": counts, "xyxy": list(xyxy)}


def shape_from_json(shape: Json) -> Shape:
    """Return the shape of a stored form. Raises InputError when the run lengths do not fit the size."""
    if shape["type"] == "box":
        return Box(*shape["xyxy"])
    if shape["type"] == "oriented_box":
        return OrientedBox(*(shape[key] for key in ("cx", "cy", "w", "h", "angle")))
    if shape["type"] == "polygons":
        return Polygons(tuple(tuple(ring) for ring in shape["rings"]))
    if shape["type"] == "point":
        return Point(shape["x"], shape["y"])
    height, width = shape["size"]
    return decode_rle(shape["counts"], (height, width))


def covered_box(shape: Json | None) -> XYXY:
    """Return a box around the pixels of a stored mask or polygons; an empty one for other shapes."""
    if shape is None or shape["type"] not in ("mask", "polygons"):
        return (0, 0, 0, 0)
    if shape["type"] == "mask":
        x0, y0, x1, y1 = shape["xyxy"]
        return (x0, y0, x1, y1)
    xs, ys = ([value for ring in shape["rings"] for value in ring[start::2]] for start in (0, 1))
    return (min(xs), min(ys), max(xs), max(ys))


class EmptyShapeError(InputError):
    """A shape without pixels in its image or without area."""


def checked_shape(shape: Json, size_hw: tuple[int, int]) -> Json:
    """Return `shape` for storing: coordinates to 0.000001 pixels, which every format preserves exactly.

    Raises InputError when it is not a shape in an image of `size_hw`, EmptyShapeError when it covers no pixel of it.
    """
    if shape["type"] == "mask" and tuple(shape["size"]) != size_hw:
        height, width = shape["size"]
        raise InputError(
            f"expected a mask of {size_hw[1]}x{size_hw[0]} pixels, the size of its image, got {width}x{height}"
        )
    parsed = shape_from_json(shape)
    _check_reach(parsed)
    if isinstance(parsed, Box):
        box = Box(*map(_rounded, parsed.xyxy))
        check_box(box.xyxy, size_hw)
        return shape_to_json(box)
    if isinstance(parsed, OrientedBox):
        return shape_to_json(_canonical(parsed, size_hw))
    if isinstance(parsed, Point):
        point = Point(*map(_rounded, parsed.xy))
        check_point(*point.xy, size_hw, "point")
        return shape_to_json(point)
    if isinstance(parsed, Polygons):
        _check_rings(parsed)
        parsed = Polygons(tuple(tuple(map(_rounded, ring)) for ring in parsed.rings))
    if mask_from_shape(parsed, size_hw).area == 0:
        raise EmptyShapeError(f"the {shape['type']} covers no pixel of the image; enlarge or move it")
    return shape_to_json(parsed)


def _check_reach(shape: Shape) -> None:
    """Raise InputError for coordinates so large that pixels cannot be distinguished."""
    if isinstance(shape, Mask):
        return
    rings = shape.rings if isinstance(shape, Polygons) else [astuple(shape)]
    farthest = max((abs(value) for ring in rings for value in ring), default=0.0)
    if not farthest <= FARTHEST:
        raise InputError(f"the coordinate {farthest:g} is outside the limit; use at most {FARTHEST:,.0f} pixels")


def _rounded(coordinate: float) -> float:
    return round(coordinate, oriented.PIXEL_DECIMALS)


def _canonical(box: OrientedBox, size_hw: tuple[int, int]) -> OrientedBox:
    found = oriented.canonical(np.array(box.cxcywha, np.float64))
    if found[2:4].min() <= 0:
        problem = f"expected sides of an oriented box above 0, got {box.w:g} and {box.h:g}"
        raise InputError(problem) if found[2:4].min() < 0 else EmptyShapeError(problem)
    x0, y0, x1, y1 = oriented.enclosing(found).tolist()
    check_box((x0, y0, x1, y1), size_hw)
    return OrientedBox.from_array(found)


def _check_rings(polygons: Polygons) -> None:
    if not polygons.rings:
        raise InputError("the polygon has no vertices; use at least one ring of vertices")
    for ring in polygons.rings:
        if len(ring) < 6 or len(ring) % 2:
            raise InputError(f"expected at least 3 polygon vertices with an x and a y each, got {len(ring)} numbers")


def check_box(xyxy: tuple[float, float, float, float], size_hw: tuple[int, int]) -> None:
    """Raise EmptyShapeError for a box without area, InputError for another invalid box or one outside the image."""
    x0, y0, x1, y1 = xyxy
    if x1 <= x0 or y1 <= y0:
        problem = f"expected a box with x0 < x1 and y0 < y1, got {x0:g}, {y0:g}, {x1:g}, {y1:g}"
        raise InputError(problem) if x1 < x0 or y1 < y0 else EmptyShapeError(problem)
    if x1 <= 0 or y1 <= 0 or x0 >= size_hw[1] or y0 >= size_hw[0]:
        place = f"{x0:g}, {y0:g}, {x1:g}, {y1:g}"
        raise InputError(f"the box {place} is outside the image of {size_hw[1]}x{size_hw[0]} pixels; move it inside")


def check_point(x: float, y: float, size_hw: tuple[int, int], what: str) -> None:
    """Raise InputError, naming `what`, for a point outside an image of `size_hw`."""
    if not (0 <= x <= size_hw[1] and 0 <= y <= size_hw[0]):
        place = f"outside the image of {size_hw[1]}x{size_hw[0]} pixels"
        raise InputError(f"the {what} at {x:g}, {y:g} is {place}; move it inside")

"""Shapes as COCO's `bbox` and `segmentation`, and back."""

import math
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, assert_never

from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds, outside
from fewclicks.formats.record import Record, shown
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import decode_rle, encode_rle
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Box, OrientedBox, Point, Polygons, Shape

Size = tuple[int, int]
COVERED, VISIBLE = 1, 2  # of a keypoint that is labelled
KEYPOINT_NUMBERS = 3


def read_shape(record: Record, size_hw: Size) -> Shape:
    """The shape of an annotation in an image of `size_hw`: its segmentation when it has one, else its box.

    Without either it is a point when there is one keypoint; a box without area counts as none there.

    Coordinates are kept as they are, also a little outside the image: rounding puts them there, and
    whatever turns a shape into pixels leaves out what lies outside. A shape wholly outside is an error.
    """
    box = _read_box(record) if record.values.get("bbox") is not None else None
    segmentation = record.values.get("segmentation")
    if isinstance(segmentation, dict):
        return _read_mask(record, segmentation, size_hw)
    if segmentation:
        return _read_polygons(record, segmentation, size_hw)
    if segmentation not in (None, []):
        record.fail(f"segmentation must be a list of polygons or run lengths, not {shown(segmentation)}")
    if record.values.get("keypoints") and (box is None or _is_flat(box)):
        return _read_point(record, size_hw)
    if box is None:
        record.fail("expected a bbox, a segmentation or a keypoint, got none of them")
    return _checked_box(record, box, size_hw)


def _read_box(record: Record) -> Box:
    x, y, width, height = record.numbers("bbox", record.values["bbox"], 4)
    if width < 0 or height < 0:
        record.fail(f"bbox is x, y, width, height: {width:g} and {height:g} must not be negative")
    return Box(x, y, x + width, y + height)


def _checked_box(record: Record, box: Box, size_hw: Size) -> Box:
    if _is_flat(box):
        record.fail("the bbox has no area; enlarge it or add a segmentation")
    _check_inside(record, "bbox", box, size_hw)
    return box


def _is_flat(box: Box) -> bool:
    return box.x0 == box.x1 or box.y0 == box.y1


def _read_point(record: Record, size_hw: Size) -> Point:
    numbers = record.numbers("keypoints", record.values["keypoints"])
    if len(numbers) != KEYPOINT_NUMBERS:
        record.fail(f"expected x, y and visibility of one keypoint, got {len(numbers)} numbers; keep one or add a bbox")
    x, y, visibility = numbers
    if visibility not in (COVERED, VISIBLE):
        wanted = f"expected the visibility {COVERED} or {VISIBLE} of the keypoint"
        record.fail(f"{wanted}, got {visibility:g}; correct it or delete the annotation")
    if problem := outside(Point(x, y), size_hw):
        record.fail(problem)
    return Point(x, y)


def _check_inside(record: Record, what: str, box: Box, size_hw: Size) -> None:
    height, width = size_hw
    if box.x1 <= 0 or box.y1 <= 0 or box.x0 >= width or box.y0 >= height:
        extent = f"x {box.x0:g} to {box.x1:g}, y {box.y0:g} to {box.y1:g}"
        record.fail(f"the {what} ({extent}) lies outside the image of {width}x{height}; correct it or delete it")


def _read_polygons(record: Record, segmentation: Any, size_hw: Size) -> Polygons:
    if not isinstance(segmentation, list) or not all(isinstance(ring, list) for ring in segmentation):
        record.fail("segmentation must be a list of polygons, each a list of x, y, x, y, ...")
    rings = []
    for index, ring in enumerate(segmentation):
        key = f"segmentation[{index}]"
        if len(ring) < 6 or len(ring) % 2:
            record.fail(f"{key} must hold x and y of at least 3 vertices, not {len(ring)} numbers")
        rings.append(tuple(record.numbers(key, ring)))
    polygons = Polygons(tuple(rings))
    _check_inside(record, "segmentation", bounds(polygons), size_hw)
    return polygons


def _read_mask(record: Record, segmentation: dict[str, Any], size_hw: Size) -> Mask:
    rle = Record(segmentation, record.path, f"{record.place}, segmentation")
    height, width = rle.numbers("size", rle.need("size"), 2)
    if (height, width) != size_hw:
        rle.fail(f"the mask is {width:g}x{height:g}, its image is {size_hw[1]}x{size_hw[0]}")
    counts = rle.need("counts")
    if not isinstance(counts, str | list):
        rle.fail(f"counts must be a list or a text, not {shown(counts)}")
    try:
        mask = decode_rle(counts, size_hw)
    except InputError as error:
        rle.fail(error.problem)
    if mask.area == 0:
        rle.fail("the mask covers no pixel")
    return mask


def write_shape(shape: Shape, size_hw: Size) -> dict[str, Any]:
    """The keys `bbox`, `area` and `segmentation` of a shape in an image of `size_hw`.

    Raises InputError for a shape that has no corners or whose corners are not numbers.
    """
    check_corners(shape)
    box = bounds(shape)
    bbox = [float(side) for side in (box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0)]
    match shape:
        case Box():
            return {"bbox": bbox, "area": bbox[2] * bbox[3], "segmentation": []}
        case Polygons() | OrientedBox():
            area = mask_from_shape(shape, size_hw).area
            rings = shape.rings if isinstance(shape, Polygons) else (shape.ring,)
            return {"bbox": bbox, "area": area, "segmentation": [list(map(float, ring)) for ring in rings]}
        case Mask():
            rle = {"size": list(shape.size_hw), "counts": encode_rle(shape)}
            return {"bbox": bbox, "area": shape.area, "segmentation": rle}
        case Point():
            return {"bbox": bbox, "area": 0, "keypoints": [*map(float, shape.xy), VISIBLE], "num_keypoints": 1}
    assert_never(shape)


def check_corners(shape: Shape) -> None:
    """Raise InputError for a shape that has no corners, or corners that are not numbers."""
    if isinstance(shape, Mask):
        return
    rings: Sequence[Sequence[float]] = shape.rings if isinstance(shape, Polygons) else [astuple(shape)]
    if not rings or not all(rings):
        raise InputError("polygons need at least one ring, and each ring needs vertices")
    if isinstance(shape, Polygons) and any(len(ring) < 6 or len(ring) % 2 for ring in rings):
        raise InputError("each ring of polygons must hold x and y of at least 3 vertices")
    if not all(math.isfinite(value) for ring in rings for value in ring):
        raise InputError("coordinates must be finite numbers")
    if isinstance(shape, OrientedBox) and (shape.w < 0 or shape.h < 0):
        raise InputError(f"the sides of an oriented box must not be negative: {shape.w:g} and {shape.h:g}")

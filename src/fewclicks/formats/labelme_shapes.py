"""The shapes of LabelMe's files, and back."""

import base64
import binascii
import io
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool
from PIL import Image

from fewclicks.formats.bounds import bounds, outside
from fewclicks.formats.grouped import GROUP, Item
from fewclicks.formats.own_file import merged
from fewclicks.formats.per_image import check_inside
from fewclicks.formats.quads import CORNERS, quad_of, read_quad
from fewclicks.formats.record import Record, shown
from fewclicks.geometry.masks import Mask
from fewclicks.labels import NO_EXTRA, Annotation, Box, Extra, OrientedBox, Point, Polygons, Shape

DESCRIPTION, FLAGS = "description", "flags"  # of a shape: kept among the extra keys unless they are empty
SHAPE_KEYS = frozenset({"label", "points", "shape_type", GROUP, "mask"})

# the fewest and the most points of a shape, by its type
COUNTS: Mapping[str, tuple[int, float]] = {
    "point": (1, 1),
    "rectangle": (2, 2),
    "polygon": (3, math.inf),
    "oriented_rectangle": (4, 4),
    "mask": (2, 2),
}

Size = tuple[int, int]
Corner = tuple[float, float]


def read_item(record: Record, size_hw: Size) -> Item:
    """The object of an entry of `shapes` in an image of `size_hw`."""
    shape, extra = _shape(record, size_hw)
    problem = outside(shape, size_hw) if isinstance(shape, Point) else check_inside(bounds(shape), size_hw)
    if problem:
        record.fail(problem)
    group = record.whole(GROUP) if record.values.get(GROUP) is not None else None
    return Item(record.text("label"), shape, group, merged(_extra(record), extra))


def _extra(record: Record) -> Extra:
    extra = record.extra(SHAPE_KEYS)
    kept = {key: value for key, value in extra.items() if key not in (DESCRIPTION, FLAGS) or value}
    return MappingProxyType(kept) if kept else NO_EXTRA


def _shape(record: Record, size_hw: Size) -> tuple[Shape, Extra]:
    kind, points = record.values.get("shape_type") or "polygon", _points(record)
    _check_count(record, kind, len(points))
    match kind:
        case "point":
            return Point(*points[0]), NO_EXTRA
        case "rectangle":
            (x0, y0), (x1, y1) = points
            return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), NO_EXTRA
        case "polygon":
            return Polygons((_flat(points),)), NO_EXTRA
        case "oriented_rectangle":
            return read_quad(_flat(points))
        case _:
            return _mask(record, points, size_hw), NO_EXTRA


def _check_count(record: Record, kind: Any, found: int) -> None:
    if not isinstance(kind, str) or kind not in COUNTS:
        record.fail(f"the shape_type {shown(kind)} is not supported; delete the shape or draw a polygon")
    lowest, highest = COUNTS[kind]
    if not lowest <= found <= highest:
        few = f"{lowest} point{'s' * (lowest > 1)}" if lowest == highest else f"at least {lowest} points"
        record.fail(f"expected {few} of the shape_type {kind!r}, got {found}; correct the points or the shape_type")


def _points(record: Record) -> list[Corner]:
    points = record.need("points")
    if not isinstance(points, list):
        record.fail(f"points must be a list, not {shown(points)}")
    pairs = (record.numbers(f"points[{index}]", point, 2) for index, point in enumerate(points))
    return [(x, y) for x, y in pairs]


def _flat(points: list[Corner]) -> tuple[float, ...]:
    return tuple(value for point in points for value in point)


def _mask(record: Record, points: list[Corner], size_hw: Size) -> Mask:
    """A mask by the first and the last pixel of its crop; corners between pixels only say where the crop is."""
    (left, top), (right, bottom) = ((round(x), round(y)) for x, y in points)
    crop, (height, width) = _crop(record), size_hw
    if all(value.is_integer() for value in _flat(points)) and crop.shape != (bottom - top + 1, right - left + 1):
        wanted = f"{right - left + 1}x{bottom - top + 1}"
        record.fail(f"the mask is {crop.shape[1]}x{crop.shape[0]}, but its points give {wanted}; correct one of them")
    inside = crop[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    mask = Mask(inside, (max(left, 0), max(top, 0)), size_hw).tight() if inside.any() else Mask.empty(size_hw)
    if mask.area == 0:
        record.fail("the mask covers no pixel of its image; delete the shape")
    return mask


def _crop(record: Record) -> Bool[np.ndarray, "h w"]:
    text = record.need("mask")
    if not isinstance(text, str):
        record.fail(f"mask must be a PNG as base64, not {shown(text)}")
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True))) as image:
            pixels = np.asarray(image)
    except (binascii.Error, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        record.fail(f"mask is not a PNG as base64: {error}")
    if pixels.ndim != 2:
        record.fail("mask must be a PNG with one channel")
    return pixels > 0


# --- writing -------------------------------------------------------------------------------------


def write_shapes(annotation: Annotation, label: str, group: int | None) -> Iterator[dict[str, Any]]:
    """The entries of an annotation: one for each ring of polygons, one for any other shape."""
    shape, extra = annotation.shape, annotation.extra
    description, flags = extra.get(DESCRIPTION), extra.get(FLAGS)
    taken = SHAPE_KEYS | {DESCRIPTION, FLAGS, *([CORNERS] if isinstance(shape, OrientedBox) else [])}
    for kind, flat, mask in _parts(annotation):
        yield {
            "label": label,
            "points": [[float(x), float(y)] for x, y in zip(flat[::2], flat[1::2], strict=True)],
            GROUP: group,
            DESCRIPTION: description if isinstance(description, str) else "",
            "shape_type": kind,
            FLAGS: flags if isinstance(flags, dict) else {},
            "mask": mask,
            **{key: value for key, value in extra.items() if key not in taken},
        }


def _parts(annotation: Annotation) -> Iterator[tuple[str, tuple[float, ...], str | None]]:
    """The type, the points and the mask of each entry."""
    shape = annotation.shape
    match shape:
        case Point():
            yield "point", shape.xy, None
        case Box():
            yield "rectangle", shape.xyxy, None
        case OrientedBox():
            yield "oriented_rectangle", quad_of(annotation), None
        case Polygons():
            yield from (("polygon", ring, None) for ring in shape.rings)
        case Mask():
            tight = shape.tight()
            x0, y0, x1, y1 = tight.xyxy
            yield "mask", (x0, y0, x1 - 1, y1 - 1), _png(tight.crop)


def _png(crop: Bool[np.ndarray, "h w"]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(crop.astype(np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")

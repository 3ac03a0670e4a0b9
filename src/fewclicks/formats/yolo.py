"""YOLO: `data.yaml`, and for every image a text file of boxes and polygons in fractions of its sides."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from fewclicks.formats.builtin import YOLO
from fewclicks.formats.decimals import shortest
from fewclicks.formats.yolo_frame import Rows, Size, Values, YoloFormat
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.polygons import Ring, outline
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import NO_EXTRA, Annotation, Box, Extra, OrientedBox, Point, Polygons, Shape

DECIMALS = 6  # of a pixel: what fractions round away comes back


def _read(values: Values, size_hw: Size) -> tuple[Shape, Extra] | None:
    if len(values) == 4:
        return _box(values, size_hw), NO_EXTRA
    if len(values) >= 6 and len(values) % 2 == 0:
        return Polygons((_ring(values, size_hw),)), NO_EXTRA
    return None


def _box(cxcywh: Values, size_hw: Size) -> Box:
    (cx, cy, w, h), (height, width) = cxcywh, size_hw
    low, high = ((cx - w / 2) * width, (cy - h / 2) * height), ((cx + w / 2) * width, (cy + h / 2) * height)
    return Box(*(round(value, DECIMALS) for value in (*low, *high)))


def _ring(fractions: Values, size_hw: Size) -> Ring:
    return tuple(
        round(value * side, DECIMALS) for value, side in zip(fractions, _sides(fractions, size_hw), strict=True)
    )


def _sides(values: Sequence[float], size_hw: Size) -> Iterable[int]:
    """The side of the image for each of x, y, x, y, ..."""
    height, width = size_hw
    return [width, height] * (len(values) // 2)


def _write(annotation: Annotation, size_hw: Size) -> list[str]:
    shape, (height, width) = annotation.shape, size_hw
    if isinstance(shape, Box):
        x0, y0, x1, y1 = shape.xyxy
        cxcywh = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
        return shortest(cxcywh, lambda found: _box(found, size_hw) == shape)
    ring = _joined(_rings(shape, size_hw))
    fractions = [value / side for value, side in zip(ring, _sides(ring, size_hw), strict=True)]
    return shortest(fractions, lambda found: _ring(found, size_hw) == ring)


def _rings(shape: OrientedBox | Polygons | Mask | Point, size_hw: Size) -> tuple[Ring, ...]:
    """Polygons that share nothing and have no holes, as `shape`."""
    match shape:
        case OrientedBox():
            return (shape.ring,)
        case Polygons():
            return shape.rings if len(shape.rings) == 1 else outline(mask_from_shape(shape, size_hw)) or shape.rings
        case Mask():
            return outline(shape)
        case Point():
            return (shape.xy,)
    assert_never(shape)


def _joined(rings: Sequence[Ring]) -> Ring:
    """One ring for all: from the first corner to each of the others and back, along lines that enclose nothing."""
    first, *others = rings
    if not others:
        return first
    start = first[:2]
    return (*first, *start, *(value for ring in others for value in (*ring, *ring[:2], *start)))


ROWS = Rows(YOLO, _read, _write, "4 numbers of a box or x and y of at least 3 corners")


class Yolo(YoloFormat):
    """The format of YOLO detection and segmentation. What it keeps and what it does not stands in docs/formats.md."""

    rows = ROWS

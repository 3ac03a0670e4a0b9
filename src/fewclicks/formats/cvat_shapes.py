"""The shapes of CVAT's XML files, and back."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np

from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds, outside
from fewclicks.formats.decimals import plain, shortest
from fewclicks.formats.grouped import GROUP, Item
from fewclicks.formats.per_image import check_inside
from fewclicks.formats.record import shown
from fewclicks.formats.xml_part import Part
from fewclicks.formats.xml_text import can_be_written, lines_of
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import crop_from_row_runs, row_runs
from fewclicks.labels import NO_EXTRA, Annotation, Box, Extra, OrientedBox, Point, Polygons, Shape

SHAPES = frozenset({"points", "box", "polygon", "mask"})
OCCLUDED, LAYER, SOURCE, ATTRIBUTES = "occluded", "z_order", "source", "attributes"  # among the extra keys
BY_HAND = "manual"
CORNERS = ("xtl", "ytl", "xbr", "ybr")
CROP = ("left", "top", "width", "height")
INDENT = 2

Size = tuple[int, int]


def read_items(part: Part, size_hw: Size) -> Iterator[Item]:
    """The object of an element in an image of `size_hw`; several of `points`, each of which is an object."""
    group = part.element.get(GROUP)
    number, extra = None if group is None else part.whole_in(group), _extra(part)
    for shape in _shapes(part, size_hw):
        problem = outside(shape, size_hw) if isinstance(shape, Point) else check_inside(bounds(shape), size_hw)
        if problem:
            part.fail(problem)
        yield Item(part.attribute("label"), shape, number, extra)


def _extra(part: Part) -> Extra:
    element = part.element
    found: dict[str, Any] = {}
    if element.get(OCCLUDED, "0") != "0":
        found[OCCLUDED] = part.whole_in(element.get(OCCLUDED, ""))
    if layer := part.whole_in(element.get(LAYER, "0")):
        found[LAYER] = layer
    if element.get(SOURCE, BY_HAND) != BY_HAND:
        found[SOURCE] = element.get(SOURCE)
    attributes = {each.get("name", ""): (each.text or "").strip() for each in element.findall("attribute")}
    if attributes:
        found[ATTRIBUTES] = attributes
    return MappingProxyType(found) if found else NO_EXTRA


def _shapes(part: Part, size_hw: Size) -> list[Shape]:
    match part.element.tag:
        case "points":
            return [Point(*pair) for pair in _pairs(part)]
        case "box":
            return [_box(part)]
        case "polygon":
            pairs = _pairs(part)
            if len(pairs) < 3:
                part.fail(f"expected at least 3 points of a polygon, got {len(pairs)}")
            return [Polygons((tuple(value for pair in pairs for value in pair),))]
        case _:
            return [_mask(part, size_hw)]


def _pairs(part: Part) -> list[tuple[float, float]]:
    """The points of an element, which it has as x,y;x,y;..."""
    pairs = []
    for text in part.attribute("points").split(";"):
        x, comma, y = text.partition(",")
        if not comma or "," in y:
            part.fail(f"expected points as x,y;x,y, not {shown(text)}")
        pairs.append((part.number_in(x), part.number_in(y)))
    return pairs


def _box(part: Part) -> Box | OrientedBox:
    corners = tuple(part.number_in(part.attribute(name)) for name in CORNERS)
    if corners[0] > corners[2] or corners[1] > corners[3]:
        part.fail("expected xtl <= xbr and ytl <= ybr; swap the values that are in the wrong order")
    rotation = part.element.get("rotation")
    return Box(*corners) if rotation is None else _rotated((*corners, part.number_in(rotation)))


def _rotated(values: tuple[float, ...]) -> OrientedBox:
    """An upright box, then turned by degrees around its centre, clockwise on the screen."""
    x0, y0, x1, y1, degrees = values
    turned = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, math.radians(degrees)])
    return OrientedBox.from_array(oriented.canonical(turned))


def _mask(part: Part, size_hw: Size) -> Mask:
    left, top, width, height = (part.whole_in(part.attribute(name)) for name in CROP)
    if left < 0 or top < 0 or width < 1 or height < 1 or left + width > size_hw[1] or top + height > size_hw[0]:
        place = f"{width}x{height} at {left}, {top}"
        part.fail(f"the mask, {place}, lies outside the image of {size_hw[1]}x{size_hw[0]}; delete it")
    counts = [part.whole_in(text) for text in part.attribute("rle").split(",")]
    try:
        mask = Mask(crop_from_row_runs(counts, (height, width)), (left, top), size_hw).tight()
    except InputError as error:
        part.fail(error.problem)
    if mask.area == 0:
        part.fail("the mask covers no pixel")
    return mask


# --- writing -------------------------------------------------------------------------------------


def write_lines(annotation: Annotation, label: str, group: int | None) -> Iterator[str]:
    """The lines of an annotation: an element for each ring of polygons, one for any other shape."""
    extra = _held(annotation.extra)
    above = {"@label": label, "@source": extra.get(SOURCE, BY_HAND), "@occluded": str(extra.get(OCCLUDED, 0))}
    below = {"@z_order": str(extra.get(LAYER, 0)), **({} if group is None else {f"@{GROUP}": str(group)})}
    attributes = [{"@name": name, "#text": text} for name, text in extra.get(ATTRIBUTES, {}).items()]
    for tag, values in _elements(annotation.shape):
        yield from lines_of(tag, {**above, **values, **below, "attribute": attributes}, INDENT)


def _elements(shape: Shape) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The name and the attributes of each element."""
    match shape:
        case Point():
            yield "points", {"@points": _joined(shape.xy)}
        case Box():
            yield "box", _named(CORNERS, map(plain, shape.xyxy))
        case OrientedBox():
            yield "box", _named((*CORNERS, "rotation"), _rotated_texts(shape))
        case Polygons():
            yield from (("polygon", {"@points": _joined(ring)}) for ring in shape.rings)
        case Mask():
            tight = shape.tight()
            (left, top), (height, width) = tight.offset_xy, tight.crop.shape
            place = _named(CROP, map(str, (left, top, width, height)))
            yield "mask", {"@rle": ", ".join(map(str, row_runs(tight.crop))), **place}


def _joined(flat: tuple[float, ...]) -> str:
    return ";".join(f"{plain(x)},{plain(y)}" for x, y in zip(flat[::2], flat[1::2], strict=True))


def _named(names: tuple[str, ...], texts: Iterable[str]) -> dict[str, str]:
    return {f"@{name}": text for name, text in zip(names, texts, strict=True)}


def _rotated_texts(box: OrientedBox) -> list[str]:
    meant = OrientedBox.from_array(oriented.canonical(np.array(box.cxcywha, np.float64)))
    (cx, cy), (w, h) = (meant.cx, meant.cy), (meant.w / 2, meant.h / 2)
    values = (cx - w, cy - h, cx + w, cy + h, math.degrees(meant.angle))
    return shortest(values, lambda found: _rotated(found) == meant)


def _held(extra: Extra) -> dict[str, Any]:
    """The extra keys that a file can hold, and which come back the same."""
    return {key: extra[key] for key, is_held in HELD.items() if key in extra and is_held(extra[key])}


def _are_attributes(value: Any) -> bool:
    """Whether a value is names with texts."""
    return isinstance(value, Mapping) and bool(value) and all(map(_is_text, chain(value, value.values())))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and can_be_written(value)


HELD: Mapping[str, Callable[[Any], bool]] = {
    OCCLUDED: lambda value: type(value) is int and value == 1,
    LAYER: lambda value: type(value) is int and 0 < abs(value) < 2**31,
    SOURCE: lambda value: _is_text(value) and value not in ("", BY_HAND),
    ATTRIBUTES: _are_attributes,
}

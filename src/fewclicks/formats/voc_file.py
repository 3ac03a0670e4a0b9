"""The XML file that Pascal VOC has for every image, and its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fewclicks.formats.coco_frame import LARGEST_SIDE
from fewclicks.formats.decimals import shortest
from fewclicks.formats.xml_part import Part
from fewclicks.formats.xml_text import entry_can_be_written, lines_of, read_xml
from fewclicks.labels import NO_EXTRA, Box, Extra

DECIMALS = 6  # of a pixel: what taking away 1 rounds away comes back
ROOT, OBJECT = "annotation", "object"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
FLAGS = frozenset({"truncated", "difficult", "occluded"})  # among the extra keys as whole numbers
IMAGE_KEYS = frozenset({"filename", "size", OBJECT})
SIZE_KEYS = frozenset({"width", "height"})
OBJECT_KEYS = frozenset({"name", "bndbox"})
# What every file says and nobody means anything by: written where nothing else is known, and not kept when read.
IMAGE_DEFAULTS: Mapping[str, str] = {"folder": "JPEGImages", "segmented": "0"}
SIZE_DEFAULTS: Mapping[str, str] = {"depth": "3"}
OBJECT_DEFAULTS: Mapping[str, str] = {"pose": "Unspecified", "truncated": "0", "difficult": "0", "occluded": "0"}
WRITTEN_ALWAYS = ("pose", "truncated", "difficult")


@dataclass(frozen=True, slots=True)
class VocObject:
    """An object; `place` says where in the file it stands."""

    name: str
    box: Box
    extra: Extra
    place: str = ""


@dataclass(frozen=True, slots=True)
class VocFile:
    """A file; `size_hw` is None where it says no size, or 0x0."""

    file_name: str
    size_hw: tuple[int, int] | None
    objects: tuple[VocObject, ...]
    extra: Extra


# --- reading -------------------------------------------------------------------------------------


def read_voc_file(text: str, path: Path) -> VocFile:
    """What a file says. Raises InputError that names it and the element."""
    root = Part(read_xml(text, path), path)
    if root.element.tag != ROOT:
        root.fail(f"expected <{ROOT}>, not <{root.element.tag}>")
    objects = [
        _object(Part(found, path, f"{OBJECT}[{index}]")) for index, found in enumerate(root.element.findall(OBJECT))
    ]
    size_hw, more = _size(root)
    extra = root.extra(IMAGE_KEYS, IMAGE_DEFAULTS) | ({"size": more} if more else {})
    return VocFile(
        root.part("filename").text(), size_hw, tuple(objects), MappingProxyType(extra) if extra else NO_EXTRA
    )


def _size(root: Part) -> tuple[tuple[int, int] | None, dict[str, Any]]:
    if root.element.find("size") is None:
        return None, {}
    size = root.part("size")
    width, height = size.part("width").number(), size.part("height").number()
    if any(side < 0 or side > LARGEST_SIDE or not side.is_integer() for side in (width, height)):
        size.fail(f"an image has 1 to {LARGEST_SIDE} pixels a side, not {width:g}x{height:g}")
    return ((int(height), int(width)) if width and height else None), size.extra(SIZE_KEYS, SIZE_DEFAULTS)


def _object(part: Part) -> VocObject:
    corners = part.part("bndbox")
    box = _box(tuple(corners.part(name).number() for name in CORNERS))
    extra = {name: _flag(name, value) for name, value in part.extra(OBJECT_KEYS, OBJECT_DEFAULTS).items()}
    return VocObject(part.part("name").text(), box, MappingProxyType(extra) if extra else NO_EXTRA, part.place)


def _flag(name: str, value: Any) -> Any:
    return int(value) if name in FLAGS and _is_whole(value) else value


def _is_whole(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdecimal() and str(int(value)) == value


def _box(corners: tuple[float, ...]) -> Box:
    """VOC names the first and the last pixel that are inside, and counts from 1; we name edges and count from 0."""
    xmin, ymin, xmax, ymax = corners
    return Box(*(round(edge, DECIMALS) for edge in (xmin - 1, ymin - 1, xmax, ymax)))


# --- writing -------------------------------------------------------------------------------------


def voc_text(file: VocFile) -> str:
    """The text of a file whose extra keys are all `held_by_image` and `held_by_object`."""
    extra = dict(file.extra)
    height, width = file.size_hw or (0, 0)
    size = {"width": str(width), "height": str(height), **SIZE_DEFAULTS, **extra.pop("size", {})}
    rest = {**IMAGE_DEFAULTS, **extra}
    content = {"folder": rest.pop("folder"), "filename": file.file_name, "size": size, **rest}
    objects = [_object_values(found) for found in file.objects]
    return "\n".join(lines_of(ROOT, {**content, OBJECT: objects})) + "\n"


def _object_values(found: VocObject) -> dict[str, Any]:
    defaults = {name: OBJECT_DEFAULTS[name] for name in WRITTEN_ALWAYS}
    extra = {name: str(value) if isinstance(value, int) else value for name, value in found.extra.items()}
    x0, y0, x1, y1 = found.box.xyxy
    numbers = shortest((x0 + 1, y0 + 1, x1, y1), lambda corners: _box(corners) == found.box)
    return {"name": found.name, **defaults, **extra, "bndbox": dict(zip(CORNERS, numbers, strict=True))}


def held_by_object(extra: Extra) -> Extra:
    """The extra keys of an annotation that a file can hold, and which come back the same."""
    return _held(extra, OBJECT_KEYS, OBJECT_DEFAULTS, FLAGS)


def held_by_image(extra: Extra) -> Extra:
    """The extra keys of an image that a file can hold, and which come back the same."""
    held = dict(_held(extra, IMAGE_KEYS, IMAGE_DEFAULTS, frozenset()))
    size = extra.get("size")
    if isinstance(size, Mapping) and size and _held(size, SIZE_KEYS, SIZE_DEFAULTS, frozenset()) == size:
        held["size"] = size
    return held


def _held(extra: Extra, taken: frozenset[str], defaults: Mapping[str, str], flags: frozenset[str]) -> Extra:
    return {
        name: value
        for name, value in extra.items()
        if name not in taken
        and defaults.get(name) != (str(value) if name in flags else value)
        and (_is_flag(value) if name in flags and not _is_text(value) else entry_can_be_written(name, value))
    }


def _is_flag(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**9


def _is_text(value: Any) -> bool:
    """A text that is not read as a number."""
    return isinstance(value, str) and not _is_whole(value)

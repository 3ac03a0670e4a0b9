"""A file of our own in a folder of labels: what the format has no place for, and which other programs pass over."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fewclicks.files import parse_json
from fewclicks.formats.coco_frame import LARGEST_SIDE, unique
from fewclicks.formats.record import Record, shown
from fewclicks.labels import NO_EXTRA, Dataset, Extra, ImageRecord, LabelClass

OWN_FILE = "fewclicks.json"
NO_KEYS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What our own file says: the classes in order, with the names that the labels have, and images by label file.

    `format_name` is the format of the labels, "" where it is not said.
    """

    classes: Sequence[tuple[str, LabelClass]] = ()
    images: Mapping[str, ImageRecord] = field(default_factory=dict)
    extra: Extra = field(default_factory=lambda: NO_EXTRA)
    format_name: str = ""


def read_own_file(text: str, path: Path) -> Known:
    """What our own file at `path` says. Raises InputError."""
    values = parse_json(text, path)
    if not isinstance(values, dict):
        Record({}, path, "").fail(f"expected an object, got {shown(values)}")
    top = Record(values, path, "")
    classes = [
        (record.text("written"), LabelClass(record.whole("id"), record.text("name"), _color(record), _extra(record)))
        for record in unique(top.records("classes"))
    ]
    images = {record.text("labels"): _image(record) for record in unique(top.records("images"))}
    return Known(classes, images, _extra(top), top.text("format") if "format" in values else "")


def _image(record: Record) -> ImageRecord:
    width, height = record.whole("width"), record.whole("height")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        record.fail(f"an image has 1 to {LARGEST_SIDE} pixels a side, not {width}x{height}")
    return ImageRecord(record.whole("id"), record.text("file_name"), width, height, _extra(record))


def _color(record: Record) -> str:
    return record.text("color") if "color" in record.values else ""


def _extra(record: Record) -> Extra:
    values = record.values.get("extra", {})
    if not isinstance(values, dict):
        record.fail(f"extra must be an object, not {shown(values)}")
    return Record(values, record.path, record.place).extra(NO_KEYS)


def classes_by_name(known: Known, names: set[str]) -> dict[str, LabelClass]:
    """By the names in the labels: the classes of our own file in its order, then others by name."""
    classes = dict(known.classes)
    following = max((each.id for each in classes.values()), default=0)
    new = sorted(names - classes.keys())
    return classes | {name: LabelClass(following + number, name) for number, name in enumerate(new, 1)}


def own_text(
    format_name: str, dataset: Dataset, written: Mapping[int, str], labels: Mapping[int, str], files: Iterable[str]
) -> str:
    """The content of the file, for a data set without the extra keys that the format itself holds.

    `written` are the names of classes in the labels, `labels` the label file of each image, `files` all others.
    """
    lists: dict[str, list[Any]] = {
        "classes": [_class_values(known, written[known.id]) for known in dataset.classes],
        "images": [_image_values(image, labels[image.id]) for image in dataset.images],
        "files": sorted(files),
    }
    entries = [f"{json.dumps(key)}: [\n{_lines(values)}\n]" for key, values in lists.items()]
    above, below = f'"format": {_line(format_name)}', f'"extra": {_line(dict(dataset.extra))}'
    return "{\n" + ",\n".join([above, *entries, below]) + "\n}\n"


def _lines(values: Iterable[Any]) -> str:
    return ",\n".join(map(_line, values))


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def _class_values(known: LabelClass, written: str) -> dict[str, Any]:
    values = {"written": written, "id": known.id, "name": known.name, "extra": dict(known.extra)}
    return values | ({"color": known.color} if known.color else {})


def _image_values(image: ImageRecord, labels: str) -> dict[str, Any]:
    sizes = {"width": image.width, "height": image.height}
    return {"labels": labels, "id": image.id, "file_name": image.file_name, **sizes, "extra": dict(image.extra)}


def merged(below: Extra, above: Extra) -> Extra:
    """Both, where `above` says more than `below`."""
    return MappingProxyType({**below, **above}) if above else below

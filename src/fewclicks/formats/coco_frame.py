"""What all COCO files have around their annotations: images, categories, keys that nobody knows, and the layout."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fewclicks.errors import InputError
from fewclicks.formats.record import Record, shown
from fewclicks.labels import Annotation, Dataset, Extra, ImageRecord, LabelClass

TOP_KEYS = frozenset({"images", "annotations", "categories"})
CLASS_KEYS = frozenset({"id", "name"})
IMAGE_KEYS = frozenset({"id", "file_name", "width", "height"})
HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
LARGEST_SIDE = 10**6
NAMED = 10  # how many classes a line names

Groups = list[tuple[str, Iterable[Extra], frozenset[str]]]

# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """The outermost object of a file, and its images and categories by their ids."""

    top: Record
    images: Mapping[int, ImageRecord]
    classes: Mapping[int, LabelClass]

    def image_of(self, record: Record) -> ImageRecord:
        """The image that a record names by its `image_id`."""
        image_id = record.whole("image_id")
        if image_id not in self.images:
            record.fail(f"image_id {image_id} is not in `images`")
        return self.images[image_id]

    def class_id_of(self, record: Record) -> int:
        """The `category_id` of a record, which is one of the categories."""
        class_id = record.whole("category_id")
        if class_id not in self.classes:
            names = ", ".join(f"{known.id} {known.name}" for known in list(self.classes.values())[:NAMED])
            record.fail(f"category_id {class_id} is not in `categories` ({names})")
        return class_id

    def around(self, annotations: Iterable[Annotation]) -> Dataset:
        """The data set of the file once its annotations are read."""
        images, classes = tuple(self.images.values()), tuple(self.classes.values())
        return Dataset(classes, images, tuple(annotations), self.top.extra(TOP_KEYS))


def read_frame(content: Any, path: Path) -> Frame:
    """Everything of a file but its annotations."""
    if not isinstance(content, dict):
        raise InputError(f"expected an object with images, annotations and categories, got {shown(content)}", path)
    top = Record(content, path, "")
    images = {image.id: image for image in map(_image, unique(top.records("images")))}
    classes = {known.id: known for known in map(_class, unique(top.records("categories")))}
    return Frame(top, images, classes)


def unique(records: Iterable[Record], key: str = "id") -> Iterator[Record]:
    """The records themselves, until one has the id of an earlier one."""
    seen: dict[int, str] = {}
    for record in records:
        number = record.whole(key)
        if number in seen:
            record.fail(f"the {key} {number} is used twice, first by {seen[number]}")
        seen[number] = record.place
        yield record


def _image(record: Record) -> ImageRecord:
    width, height = record.whole("width"), record.whole("height")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        record.fail(f"an image has 1 to {LARGEST_SIDE} pixels a side, not {width}x{height}")
    return ImageRecord(record.whole("id"), record.text("file_name"), width, height, record.extra(IMAGE_KEYS))


def _class(record: Record) -> LabelClass:
    color = _color(record.values.get("color"))
    extra = record.extra(CLASS_KEYS | {"color"} if color else CLASS_KEYS)
    return LabelClass(record.whole("id"), record.text("name"), color, extra)


def _color(value: Any) -> str:
    """A colour as "#rrggbb", also from the [r, g, b] of panoptic files; anything else stays an extra key."""
    if isinstance(value, str) and HEX_COLOR.fullmatch(value):
        return value
    is_rgb = isinstance(value, list) and len(value) == 3 and all(type(v) is int and 0 <= v <= 255 for v in value)
    return "#" + bytes(value).hex() if is_rgb else ""


def crowd_of(record: Record) -> bool:
    """Whether a record says `iscrowd`."""
    crowd = record.values.get("iscrowd", 0)
    if crowd not in (0, 1):
        record.fail(f"iscrowd must be 0 or 1, not {shown(crowd)}")
    return bool(crowd)


# --- writing -------------------------------------------------------------------------------------


def framed(dataset: Dataset, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """The content of a file: `annotations` between the images and categories of `dataset`."""
    return {
        **allowed(dataset.extra, TOP_KEYS),
        "images": [_image_values(image) for image in dataset.images],
        "annotations": annotations,
        "categories": [_class_values(known) for known in dataset.classes],
    }


def _image_values(image: ImageRecord) -> dict[str, Any]:
    sizes = {"width": image.width, "height": image.height}
    return {**allowed(image.extra, IMAGE_KEYS), "id": image.id, "file_name": image.file_name, **sizes}


def _class_values(known: LabelClass) -> dict[str, Any]:
    color = {"color": known.color} if known.color else {}
    return {**allowed(known.extra, CLASS_KEYS), "id": known.id, "name": known.name, **color}


def allowed(extra: Extra, taken: frozenset[str]) -> Extra:
    """The extra keys that COCO does not use itself."""
    return MappingProxyType({key: value for key, value in extra.items() if key not in taken})


def as_text(content: Mapping[str, Any]) -> str:
    """JSON with a record a line, so that two versions of a file can be compared."""
    entries = []
    for key, value in content.items():
        entries.append(f"{json.dumps(key)}: {_lines(value) if key in TOP_KEYS else _line(value)}")
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _lines(records: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(map(_line, records)) + "\n]" if records else "[]"


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def left_out(dataset: Dataset, again: Dataset, more: Groups) -> list[str]:
    """One line for each kind of extra key or colour in which `again`, what a reader gets, is less than `dataset`.

    `more` are the extra keys that a format keeps elsewhere: what has them, the keys, and those that are taken.
    """
    groups: Groups = [
        ("the data set", [dataset.extra], TOP_KEYS),
        ("images", [image.extra for image in dataset.images], IMAGE_KEYS),
        ("classes", [known.extra for known in dataset.classes], CLASS_KEYS),
        ("classes with a colour", [known.extra for known in dataset.classes if known.color], frozenset({"color"})),
        *more,
    ]
    clashes = [(what, sorted({key for extra in extras for key in extra} & taken)) for what, extras, taken in groups]
    lines = [f"extra keys of {what} that COCO itself uses were left out: {', '.join(k)}" for what, k in clashes if k]
    if [known.color for known in again.classes] != [known.color for known in dataset.classes]:
        lines.append(
            "colours of classes that are not written #rrggbb come back as extra keys, and such extra keys as colours"
        )
    return lines

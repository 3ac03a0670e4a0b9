"""COCO instances: images, categories, and annotations by box, polygons or run lengths in one JSON file."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fewclicks.errors import InputError
from fewclicks.files import read_json, write_text
from fewclicks.formats.coco_own import OWN_KEY, exact_box, own_values, read_own
from fewclicks.formats.coco_shapes import read_shape, write_shape
from fewclicks.formats.record import Record, is_finite, shown
from fewclicks.labels import Annotation, Box, Dataset, Extra, ImageRecord, LabelClass

TOP_KEYS = frozenset({"images", "annotations", "categories"})
CLASS_KEYS = frozenset({"id", "name"})
IMAGE_KEYS = frozenset({"id", "file_name", "width", "height"})
ANNOTATION_KEYS = frozenset({"id", "image_id", "category_id", "bbox", "area", "segmentation", "iscrowd", OWN_KEY})
HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
LARGEST_SIDE = 10**6


class CocoInstances:
    """COCO's object detection format. What it keeps and what it does not stands in docs/formats.md."""

    name = "coco"
    description = "COCO instances, one JSON file: boxes, polygons, masks (both kinds of run lengths), crowds"
    suffix = ".json"
    media_type = "application/json"

    def read(self, path: Path) -> Dataset:
        """The data set of a COCO JSON file. Raises InputError that names the file and the record."""
        return _dataset(read_json(path), path)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write one JSON file, a record a line, and return what it could not hold.

        Raises InputError when the data set contradicts itself, StorageError when the file cannot be written.
        """
        content = _content(dataset, path)
        again = _dataset(content, path)  # nothing is written that could not be read again
        write_text(path, _as_text(content))
        return _left_out(dataset, again)


# --- reading -------------------------------------------------------------------------------------


def _dataset(content: Any, path: Path) -> Dataset:
    if not isinstance(content, dict):
        raise InputError(f"expected an object with images, annotations and categories, got {shown(content)}", path)
    top = Record(content, path, "")
    images = {image.id: image for image in map(_image, _unique(top.records("images")))}
    classes = {known.id: known for known in map(_class, _unique(top.records("categories")))}
    annotations: dict[str, Annotation] = {}
    for record in _unique(top.records("annotations")):
        annotation = _annotation(record, images, classes)
        if annotation.id in annotations:
            record.fail(f"the id {annotation.id!r} is used twice")
        annotations[annotation.id] = annotation
    return Dataset(tuple(classes.values()), tuple(images.values()), tuple(annotations.values()), top.extra(TOP_KEYS))


def _unique(records: Iterable[Record]) -> Iterator[Record]:
    seen: dict[int, str] = {}
    for record in records:
        number = record.whole("id")
        if number in seen:
            record.fail(f"the id {number} is used twice, first by {seen[number]}")
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


def _annotation(record: Record, images: dict[int, ImageRecord], classes: dict[int, LabelClass]) -> Annotation:
    image_id, class_id, crowd = record.whole("image_id"), record.whole("category_id"), record.values.get("iscrowd", 0)
    if image_id not in images:
        record.fail(f"image_id {image_id} is none of the {len(images)} images")
    if class_id not in classes:
        names = ", ".join(f"{known.id} {known.name}" for known in list(classes.values())[:10])
        record.fail(f"category_id {class_id} is none of the {len(classes)} categories ({names})")
    if crowd not in (0, 1):
        record.fail(f"iscrowd must be 0 or 1, not {shown(crowd)}")
    _check_area(record)
    shape = read_shape(record, images[image_id].size_hw)
    own = read_own(record)
    return Annotation(
        own.id or str(record.whole("id")),
        image_id,
        class_id,
        exact_box(shape, own.xyxy) if isinstance(shape, Box) else shape,
        bool(crowd),
        own.provenance,
        record.extra(ANNOTATION_KEYS),
    )


def _check_area(record: Record) -> None:
    area = record.values.get("area")
    if area is not None and (not is_finite(area) or area < 0):
        record.fail(f"area must be a number that is not negative, not {shown(area)}")


# --- writing -------------------------------------------------------------------------------------


def _content(dataset: Dataset, path: Path) -> dict[str, Any]:
    numbers = _numbers(dataset.annotations)
    sizes = {image.id: image.size_hw for image in dataset.images}
    annotations = []
    for annotation, number in zip(dataset.annotations, numbers, strict=True):
        try:
            annotations.append(_annotation_values(annotation, number, sizes))
        except InputError as error:
            raise InputError(error.problem, path, f"annotation {annotation.id}") from error
    return {
        **_allowed(dataset.extra, TOP_KEYS),
        "images": [_image_values(image) for image in dataset.images],
        "annotations": annotations,
        "categories": [_class_values(known) for known in dataset.classes],
    }


def _numbers(annotations: Iterable[Annotation]) -> list[int]:
    """COCO's ids are numbers: an id that is written as one is kept, others get the next numbers."""
    ids = [annotation.id for annotation in annotations]
    kept = [int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else None for text in ids]
    following = max((number for number in kept if number is not None), default=0)
    numbers = []
    for number in kept:
        following += number is None
        numbers.append(following if number is None else number)
    return numbers


def _annotation_values(annotation: Annotation, number: int, sizes: dict[int, tuple[int, int]]) -> dict[str, Any]:
    if annotation.image_id not in sizes:
        raise InputError(f"image_id {annotation.image_id} is none of the {len(sizes)} images")
    values = {
        **_allowed(annotation.extra, ANNOTATION_KEYS),
        "id": number,
        "image_id": annotation.image_id,
        "category_id": annotation.class_id,
        "iscrowd": int(annotation.crowd),
        **write_shape(annotation.shape, sizes[annotation.image_id]),
    }
    own = own_values(annotation, number, values["bbox"])
    return {**values, OWN_KEY: own} if own else values


def _image_values(image: ImageRecord) -> dict[str, Any]:
    sizes = {"width": image.width, "height": image.height}
    return {**_allowed(image.extra, IMAGE_KEYS), "id": image.id, "file_name": image.file_name, **sizes}


def _class_values(known: LabelClass) -> dict[str, Any]:
    color = {"color": known.color} if known.color else {}
    return {**_allowed(known.extra, CLASS_KEYS), "id": known.id, "name": known.name, **color}


def _allowed(extra: Extra, taken: frozenset[str]) -> Extra:
    return MappingProxyType({key: value for key, value in extra.items() if key not in taken})


def _as_text(content: dict[str, Any]) -> str:
    entries = []
    for key, value in content.items():
        entries.append(f"{json.dumps(key)}: {_lines(value) if key in TOP_KEYS else _line(value)}")
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _lines(records: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(map(_line, records)) + "\n]" if records else "[]"


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def _left_out(dataset: Dataset, again: Dataset) -> list[str]:
    """One line for each kind of thing in which `again`, what a reader gets, is less than `dataset`."""
    groups: list[tuple[str, Iterable[Extra], frozenset[str]]] = [
        ("the data set", [dataset.extra], TOP_KEYS),
        ("images", [image.extra for image in dataset.images], IMAGE_KEYS),
        ("classes", [known.extra for known in dataset.classes], CLASS_KEYS),
        ("annotations", [annotation.extra for annotation in dataset.annotations], ANNOTATION_KEYS),
    ]
    clashes = [(what, sorted({key for extra in extras for key in extra} & taken)) for what, extras, taken in groups]
    lines = [f"extra keys of {what} that COCO itself uses were left out: {', '.join(k)}" for what, k in clashes if k]
    if [known.color for known in again.classes] != [known.color for known in dataset.classes]:
        lines.append(
            "colours of classes that are not written #rrggbb come back as extra keys, and such extra keys as colours"
        )
    return lines

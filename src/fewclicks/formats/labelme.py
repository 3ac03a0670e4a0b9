"""LabelMe: for every image a JSON file of points, boxes, polygons, oriented boxes and masks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from fewclicks.errors import InputError
from fewclicks.files import parse_json
from fewclicks.formats.builtin import LABELME
from fewclicks.formats.coco_frame import LARGEST_SIDE
from fewclicks.formats.folder_export import write_labels
from fewclicks.formats.grouped import Item, annotation_of, groups_of, joined
from fewclicks.formats.label_folder import LabelFolder, image_names, numbered, paired
from fewclicks.formats.labelme_shapes import read_item, write_shapes
from fewclicks.formats.own_file import OWN_FILE, Known, classes_by_name, merged, own_text
from fewclicks.formats.per_image import by_image, written_names
from fewclicks.formats.record import Record, shown
from fewclicks.labels import NO_EXTRA, Annotation, Dataset, Extra, ImageRecord

VERSION = "5.5.0"
LAYOUT = frozenset({"images", "labels", "annotations", "json"})
FLAGS = "flags"
TOP_KEYS = frozenset({"version", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"})


class LabelMe:
    """The format of LabelMe. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of the JSON files below `path`. Raises InputError that names the file and the shape."""
        folder = LabelFolder.read(path, ".json")
        if not folder.texts:
            raise InputError("no JSON files in this folder; choose another one", path)
        return _dataset(folder)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return write_labels(dataset, path, LABELME, _texts, _dataset)


# --- reading -------------------------------------------------------------------------------------


def _dataset(folder: LabelFolder) -> Dataset:
    known = folder.known(LABELME.name)
    found = list(_images(folder, known))
    classes = classes_by_name(known, {item.class_name for _, items in found for item in items})
    annotations: list[Annotation] = []
    for image, items in found:
        annotations.extend(annotation_of(item, number, image, classes) for number, item in enumerate(items, 1))
    return Dataset(tuple(classes.values()), tuple(image for image, _ in found), tuple(annotations), known.extra)


def _images(folder: LabelFolder, known: Known) -> Iterator[tuple[ImageRecord, list[Item]]]:
    """Every image with its objects."""
    labels = [name for name in folder.texts if name != OWN_FILE]
    numbers = iter(numbered(known))
    for name, picture in paired(folder, labels, known, LAYOUT.__contains__):
        record = known.images.get(name or "")
        number = 0 if record else next(numbers)
        if name is None:
            yield folder.record(picture or "", None, number), []
            continue
        file = _file(folder, name)
        image = _image(folder, name, file, picture, record, number)
        yield image, joined(read_item(shape, image.size_hw) for shape in file.records("shapes"))


def _file(folder: LabelFolder, name: str) -> Record:
    file = folder.file(name)
    values = parse_json(file.text, file.path)
    if not isinstance(values, dict) or "shapes" not in values:
        file.fail(f"expected a LabelMe file with the key 'shapes', got {shown(values)}")
    return Record(values, file.path, "")


def _image(
    folder: LabelFolder, name: str, file: Record, picture: str | None, record: ImageRecord | None, number: int
) -> ImageRecord:
    said = _size(file) or (record.size_hw if record else None)
    path = picture or _image_path(name, file)
    height, width = folder.agreed_size(name, said, picture, path)
    extra = _extra(file)
    if record is not None:
        return replace(record, width=width, height=height, extra=merged(record.extra, extra))
    return ImageRecord(number, path, width, height, extra)


def _size(file: Record) -> tuple[int, int] | None:
    if file.values.get("imageHeight") is None or file.values.get("imageWidth") is None:
        return None
    height, width = file.whole("imageHeight"), file.whole("imageWidth")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        file.fail(f"an image has 1 to {LARGEST_SIDE} pixels a side, not {width}x{height}")
    return height, width


def _image_path(name: str, file: Record) -> str:
    """The image that a file names, by its path in the folder; by its name where that leads out of it."""
    said = PurePosixPath(file.text("imagePath").replace("\\", "/"))
    return said.name if said.is_absolute() or ".." in said.parts else str(PurePosixPath(name).parent / said)


def _extra(file: Record) -> Extra:
    extra = {key: value for key, value in file.extra(TOP_KEYS).items() if key != FLAGS or value}
    return MappingProxyType(extra) if extra else NO_EXTRA


# --- writing -------------------------------------------------------------------------------------


def _texts(dataset: Dataset) -> dict[str, str]:
    """The files of the folder by name."""
    annotations = by_image(dataset)
    classes = written_names(dataset.classes, str)
    names = image_names(dataset.images)
    labels = {image_id: str(PurePosixPath(name).with_suffix(".json")) for image_id, name in names.items()}
    texts = {
        labels[image.id]: _text(image, names[image.id], annotations[image.id], classes) for image in dataset.images
    }
    return {**texts, OWN_FILE: own_text(LABELME.name, dataset, classes, labels, texts)}


def _text(image: ImageRecord, name: str, annotations: list[Annotation], classes: Mapping[int, str]) -> str:
    flags = image.extra.get(FLAGS)
    shapes = [
        values
        for annotation, group in zip(annotations, groups_of(annotations), strict=True)
        for values in write_shapes(annotation, classes[annotation.class_id], group)
    ]
    content: dict[str, Any] = {
        "version": VERSION,
        FLAGS: flags if isinstance(flags, dict) else {},
        "shapes": shapes,
        "imagePath": PurePosixPath(name).name,
        "imageData": None,
        "imageHeight": image.height,
        "imageWidth": image.width,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"

"""Boxes as CSV: one box per line with the file, the size of the image in pixels, the class and two corners."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.files import check_replaceable, read_text, write_text
from fewclicks.formats.bounds import bounds
from fewclicks.formats.per_image import held
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass
from fewclicks_boxes_csv import FORMAT

COLUMNS = ["file", "width", "height", "class", "x0", "y0", "x1", "y1"]


class BoxesCsv:
    """Reads and writes CSV files of boxes."""

    def read(self, path: Path) -> Dataset:
        """Return the data set of a CSV file. Raises InputError with the file and the line."""
        return _dataset(read_text(path), path)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write a CSV file and return what it cannot hold. Raises InputError and StorageError."""
        dataset, notes = held(dataset, FORMAT, path)
        boxes = replace(dataset, annotations=tuple(replace(a, shape=bounds(a.shape)) for a in dataset.annotations))
        text = _text(boxes, path)
        again = _dataset(text, path)  # raises InputError instead of writing a file that cannot be read
        check_replaceable(path, (",".join(COLUMNS).encode(),), "a CSV file of boxes")
        write_text(path, text)
        others = sum(not isinstance(annotation.shape, Box) for annotation in dataset.annotations)
        if others:
            notes.append(f"{others} of the other shapes written as upright boxes")
        return notes if again == boxes else [*notes, "only boxes, their classes and their images are written"]


def _dataset(text: str, path: Path) -> Dataset:
    images: dict[str, ImageRecord] = {}
    classes: dict[str, LabelClass] = {}
    annotations = []
    for place, row in _rows(text, path):
        try:
            image, name, box = _parsed(row)
            known = images.setdefault(image.file_name, replace(image, id=len(images) + 1))
            if known.size_hw != image.size_hw:
                raise InputError(f"in an earlier line this image has {known.width} x {known.height} pixels")
        except InputError as error:
            raise InputError(error.problem, path, place) from error
        class_id = classes.setdefault(name, LabelClass(len(classes) + 1, name)).id
        annotations.append(Annotation(place, known.id, class_id, box))
    return Dataset(tuple(classes.values()), tuple(images.values()), tuple(annotations))


def _rows(text: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the values of each line below the header, with the place that an error names."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(rows, []) != COLUMNS:
            raise InputError(f"expected the columns {','.join(COLUMNS)}", path, "line 1")
        yield from ((f"line {rows.line_num}", row) for row in rows)
    except csv.Error as error:
        raise InputError(f"this is not CSV ({error})", path, f"line {rows.line_num}") from error


def _parsed(row: list[str]) -> tuple[ImageRecord, str, Box]:
    if len(row) != len(COLUMNS) or not row[0] or not row[3]:
        raise InputError(f"expected {len(COLUMNS)} values with a file and a class, not {','.join(row)[:80]!r}")
    width, height, *corners = (_number(value) for value in row[1:3] + row[4:])
    if not (width.is_integer() and height.is_integer() and width > 0 and height > 0):
        raise InputError(f"width and height must be whole numbers above 0, not {row[1]!r} and {row[2]!r}")
    box = Box(*corners)
    if box.x0 > box.x1 or box.y0 > box.y1:
        raise InputError(f"x0 and y0 must not exceed x1 and y1: {','.join(row[4:])}")
    if box.x1 < 0 or box.y1 < 0 or box.x0 > width or box.y0 > height:
        raise InputError(f"the box {','.join(row[4:])} is outside the image of {row[1]} x {row[2]} pixels")
    return ImageRecord(0, row[0], int(width), int(height)), row[3], box


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"expected a finite number, not {text[:40]!r}")
    return value


def _text(dataset: Dataset, path: Path) -> str:
    images = {image.id: image for image in dataset.images}
    names = {known.id: known.name for known in dataset.classes}
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for found in dataset.annotations:
        if found.image_id not in images or found.class_id not in names:
            problem = f"image {found.image_id} or class {found.class_id} is not in the data set"
            raise InputError(problem, path, f"annotation {found.id}")
        image, corners = images[found.image_id], map(float, bounds(found.shape).xyxy)
        writer.writerow([image.file_name, image.width, image.height, names[found.class_id], *corners])
    return file.getvalue()

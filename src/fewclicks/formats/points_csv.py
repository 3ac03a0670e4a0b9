"""Points as CSV: a line for each point with its image, x, y and class."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fewclicks.errors import InputError
from fewclicks.files import check_replaceable, read_text, write_text
from fewclicks.formats.builtin import POINTS_CSV
from fewclicks.formats.decimals import comma_advice, plain
from fewclicks.formats.per_image import held
from fewclicks.formats.record import shown
from fewclicks.labels import NO_EXTRA, Annotation, Dataset, Extra, ImageRecord, LabelClass, Point

COLUMNS = ("image", "x", "y", "class")
HEADER = ",".join(COLUMNS)
SEPARATORS: Mapping[str, str] = {";": "semicolons", "\t": "tabs"}  # of files that are not separated by commas


class PointsCsv:
    """The format of points as CSV. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of a CSV file, its images without a size. Raises InputError that names the file and the line."""
        return _dataset(read_text(path), path)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write one CSV file and return what it could not hold.

        Raises InputError when the data set contradicts itself, StorageError when the file cannot be written.
        """
        points, lines = held(dataset, POINTS_CSV, path)
        text = _text(points)
        again = _dataset(text, path)  # nothing is written that could not be read again
        check_replaceable(path, (HEADER.encode(),), "a CSV file of points")
        write_text(path, text)
        empty = len(dataset.images) - len({found.image_id for found in points.annotations})
        if empty:
            lines.append(f"{empty:,} image{'s' * (empty > 1)} without points left out: the file has one line per point")
        return lines if again == dataset else [*lines, f"only {HEADER} of each point written"]


# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """The values of a line by the columns of the file, and where a complaint about it says that it is."""

    values: Mapping[str, str]
    path: Path
    place: str

    def text(self, column: str) -> str:
        """A value that is not empty."""
        if not self.values[column]:
            raise InputError(f"the {column} is missing; add it", self.path, self.place)
        return self.values[column]

    def number(self, column: str) -> float:
        """A finite number."""
        text = self.text(column)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        problem = f"expected a finite number for {column}, got {shown(text)}{comma_advice(text)}"
        raise InputError(problem, self.path, self.place)

    def point(self) -> Point:
        """Its point, which may lie outside its image only to the right or below, as its size is unknown."""
        point = Point(self.number("x"), self.number("y"))
        if point.x < 0 or point.y < 0:
            problem = f"the point {point.x:g}, {point.y:g} lies outside the image; x and y must not be negative"
            raise InputError(problem, self.path, self.place)
        return point

    def extra(self) -> Extra:
        """The values of other columns."""
        others = {column: text for column, text in self.values.items() if column not in COLUMNS}
        return MappingProxyType(others) if others else NO_EXTRA


def _dataset(text: str, path: Path) -> Dataset:
    images: dict[str, ImageRecord] = {}
    classes: dict[str, LabelClass] = {}
    annotations = []
    for line in _lines(text, path):
        image, known, point = line.text("image"), line.text("class"), line.point()
        image_id = images.setdefault(image, ImageRecord(len(images) + 1, image, 0, 0)).id
        class_id = classes.setdefault(known, LabelClass(len(classes) + 1, known)).id
        annotations.append(Annotation(line.place, image_id, class_id, point, extra=line.extra()))
    return Dataset(tuple(classes.values()), tuple(images.values()), tuple(annotations))


def _lines(text: str, path: Path) -> Iterator[Line]:
    """The lines below the header that are not empty."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(rows, []), path)
        for row in rows:
            place = f"line {rows.line_num}"
            if len(row) > len(columns):
                problem = f"expected {len(columns)} values, got {len(row)}; write decimals as 12.5"
                raise InputError(f"{problem}, and put names with a comma in quotes", path, place)
            if row and len(row) < len(columns):
                raise InputError(f"expected {len(columns)} values, got {len(row)}; add the missing ones", path, place)
            if row:
                yield Line(dict(zip(columns, row, strict=True)), path, place)
    except csv.Error as error:
        raise InputError(f"not CSV: {error}; correct this line", path, f"line {rows.line_num}") from error


def _columns(row: list[str], path: Path) -> list[str]:
    """The names of the columns, in any order."""
    columns = [name.strip() for name in row]
    for separator, name in SEPARATORS.items():
        if len(columns) == 1 and separator in columns[0]:
            problem = f"the columns are separated by {name}; separate them by commas, and write decimals as 12.5"
            raise InputError(problem, path, "line 1")
    for column in COLUMNS:
        if column not in columns:
            raise InputError(f"the column {column!r} is missing; begin with {HEADER}", path, "line 1")
    if len(set(columns)) < len(columns):
        raise InputError("two columns have the same name; rename one", path, "line 1")
    return columns


# --- writing -------------------------------------------------------------------------------------


def _text(dataset: Dataset) -> str:
    images = {image.id: image.file_name for image in dataset.images}
    classes = {known.id: known.name for known in dataset.classes}
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for found in dataset.annotations:
        if isinstance(found.shape, Point):
            writer.writerow([images[found.image_id], *map(plain, found.shape.xy), classes[found.class_id]])
    return file.getvalue()

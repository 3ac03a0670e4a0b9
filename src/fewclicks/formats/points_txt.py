"""Points as text: for every image a file in a folder `points`, with x, y and a class a line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fewclicks.errors import InputError
from fewclicks.formats.bounds import outside
from fewclicks.formats.builtin import POINTS_TXT
from fewclicks.formats.decimals import plain
from fewclicks.formats.folder_export import write_labels
from fewclicks.formats.label_folder import (
    IMAGES,
    LabelFile,
    LabelFolder,
    files_below,
    image_names,
    labelled_images,
    swapped,
)
from fewclicks.formats.own_file import OWN_FILE, Known, classes_by_name, own_text
from fewclicks.formats.per_image import by_image, written_names
from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass, Point

POINTS = "points"
NUMBER_DIGITS = 9  # of a class that is its own id


@dataclass(frozen=True, slots=True)
class Row:
    """A point as a line has it."""

    image: ImageRecord
    point: Point
    class_name: str


class PointsTxt:
    """The format of folders of images and points. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of the folders `points` below `path`. Raises InputError that names the file and the line."""
        folder = LabelFolder.read(path, ".txt")
        if OWN_FILE not in folder.texts and not any(map(is_label, folder.texts)):
            raise InputError(f"no text file in a folder named {POINTS!r}; choose the parent of that folder", path)
        return _dataset(folder)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return write_labels(dataset, path, POINTS_TXT, _texts, _dataset)


def has_points(folder: Path) -> bool:
    """Return whether there are text files in a folder `points` below `folder`, or in it."""
    return any(is_label(name) for name in files_below(folder))


def is_label(name: str) -> bool:
    """Return whether a file is one of points by its path."""
    path = PurePosixPath(name)
    return path.suffix.lower() == ".txt" and POINTS in path.parts[:-1]


# --- reading -------------------------------------------------------------------------------------


def _dataset(folder: LabelFolder) -> Dataset:
    known = folder.known(POINTS_TXT.name)
    images: list[ImageRecord] = []
    rows: list[Row] = []
    labels = filter(is_label, folder.texts)
    for image, file in labelled_images(folder, labels, known, {IMAGES, POINTS}.__contains__, _image_name):
        images.append(image)
        rows.extend(_rows(file, image) if file else [])
    classes = _classes(known, {row.class_name for row in rows})
    return Dataset(tuple(classes.values()), tuple(images), tuple(_annotations(rows, classes)), known.extra)


def _image_name(label: str) -> str:
    return swapped(str(PurePosixPath(label).with_suffix(".jpg")), POINTS, IMAGES)


def _rows(file: LabelFile, image: ImageRecord) -> Iterator[Row]:
    for line, words in file.rows():
        if len(words) != 3:
            count = f"{len(words)} word{'s' * (len(words) > 1)}"
            file.fail(f"expected x, y and a class, separated by spaces, got {count}", line)
        point = Point(*file.numbers(words[:2], line))
        if problem := outside(point, image.size_hw):
            file.fail(problem, line)
        yield Row(image, point, words[2])


def _classes(known: Known, names: set[str]) -> dict[str, LabelClass]:
    """By the names in the files; where all are whole numbers and nothing else is known, each is its own id."""
    if known.classes or not all(map(_is_number, names)):
        return classes_by_name(known, names)
    return {name: LabelClass(int(name), name) for name in sorted(names, key=int)}


def _is_number(name: str) -> bool:
    return name.isdecimal() and len(name) <= NUMBER_DIGITS and str(int(name)) == name


def _annotations(rows: list[Row], classes: Mapping[str, LabelClass]) -> Iterator[Annotation]:
    counts: dict[int, int] = {}
    for row in rows:
        counts[row.image.id] = counts.get(row.image.id, 0) + 1
        name = f"{row.image.id}:{counts[row.image.id]}"
        yield Annotation(name, row.image.id, classes[row.class_name].id, row.point)


# --- writing -------------------------------------------------------------------------------------


def _texts(dataset: Dataset) -> dict[str, str]:
    """The files of the folder by name."""
    annotations = by_image(dataset)
    classes = written_names(dataset.classes, lambda name: "-".join(name.split()))
    labels = {
        image_id: swapped(str(PurePosixPath(name).with_suffix(".txt")), IMAGES, POINTS)
        for image_id, name in image_names(dataset.images).items()
    }
    texts = {labels[image.id]: "".join(_lines(annotations[image.id], classes)) for image in dataset.images}
    return {**texts, OWN_FILE: own_text(POINTS_TXT.name, dataset, classes, labels, texts)}


def _lines(annotations: list[Annotation], classes: Mapping[int, str]) -> Iterator[str]:
    for found in annotations:
        if isinstance(found.shape, Point):
            x, y = map(plain, found.shape.xy)
            yield f"{x} {y} {classes[found.class_id]}\n"

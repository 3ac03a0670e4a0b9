"""DOTA: for every image a text file of oriented boxes, four corners, a class and whether it is difficult a line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds
from fewclicks.formats.builtin import DOTA
from fewclicks.formats.decimals import shortest
from fewclicks.formats.folder_export import write_labels
from fewclicks.formats.label_folder import (
    IMAGES,
    LabelFile,
    LabelFolder,
    files_below,
    image_names,
    images_among,
    labelled_images,
    swapped,
)
from fewclicks.formats.own_file import OWN_FILE, classes_by_name, merged, own_text
from fewclicks.formats.per_image import by_image, check_inside, written_names
from fewclicks.formats.quads import Quad, means_the_same, quad_of, read_quad
from fewclicks.labels import NO_EXTRA, Annotation, Dataset, Extra, ImageRecord, LabelClass

LABELS = "labelTxt"
HEADERS = ("imagesource", "gsd")  # lines before the objects, kept among the extra keys of the image
DIFFICULT = "difficult"
CORNER_COUNT = 8


@dataclass(frozen=True, slots=True)
class Row:
    """An object as a line has it."""

    file: LabelFile
    line: int
    quad: Quad
    class_name: str
    difficult: int


class Dota:
    """The format of the DOTA data sets. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of the label files below `path`. Raises InputError that names the file and the line.

        The images are below it too, or, where it is itself a folder `labelTxt`, beside it.
        """
        folder = LabelFolder.read(path, ".txt")
        if not folder.texts:
            raise InputError("no text files with labels in this folder; choose another one", path)
        if path.name.startswith(LABELS) and (path.parent / IMAGES).is_dir():
            beside = images_among(files_below(path.parent / IMAGES))
            folder = replace(folder, images={f"{IMAGES}/{name}": image for name, image in beside.items()})
        return _dataset(folder)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return write_labels(dataset, path, DOTA, _texts, _dataset)


# --- reading -------------------------------------------------------------------------------------


def _dataset(folder: LabelFolder) -> Dataset:
    known = folder.known(DOTA.name)
    images: list[ImageRecord] = []
    rows: list[tuple[ImageRecord, Row]] = []
    labels = (name for name in folder.texts if name != OWN_FILE)
    for image, file in labelled_images(folder, labels, known, _is_layout, _image_name):
        headers, found = _parsed(file) if file else (NO_EXTRA, [])
        images.append(replace(image, extra=merged(image.extra, headers)))
        rows.extend((image, row) for row in found)
    classes = classes_by_name(known, {row.class_name for _, row in rows})
    return Dataset(tuple(classes.values()), tuple(images), tuple(_annotations(rows, classes)), known.extra)


def _image_name(label: str) -> str:
    return swapped(str(PurePosixPath(label).with_suffix(".png")), LABELS, IMAGES)


def _is_layout(part: str) -> bool:
    return part == IMAGES or part.startswith(LABELS)


def _parsed(file: LabelFile) -> tuple[Extra, list[Row]]:
    """The header lines and the objects of a label file."""
    headers: dict[str, str] = {}
    rows: list[Row] = []
    for line, words in file.rows():
        key, colon, _ = words[0].partition(":")
        if colon and key in HEADERS and not rows:
            headers[key] = " ".join(words).partition(":")[2].strip()
        else:
            rows.append(_row(file, line, words))
    return (MappingProxyType(headers) if headers else NO_EXTRA), rows


def _row(file: LabelFile, line: int, words: list[str]) -> Row:
    if len(words) not in (CORNER_COUNT + 1, CORNER_COUNT + 2):
        file.fail(f"expected 8 coordinates, a class and whether it is difficult, not {len(words)} words", line)
    quad = file.numbers(words[:CORNER_COUNT], line)
    if words[CORNER_COUNT:] in (["0"], ["1"]):
        file.fail(f"expected a class and whether it is difficult after the coordinates, got only {words[-1]}", line)
    difficult = words[CORNER_COUNT + 1] if len(words) > CORNER_COUNT + 1 else "0"
    if not difficult.isdecimal() or len(difficult) > 9:
        file.fail(f"difficult must be a whole number, not {difficult[:40]!r}", line)
    return Row(file, line, quad, words[CORNER_COUNT], int(difficult))


def _annotations(rows: list[tuple[ImageRecord, Row]], classes: Mapping[str, LabelClass]) -> Iterator[Annotation]:
    counts: dict[int, int] = {}
    for image, row in rows:
        counts[image.id] = counts.get(image.id, 0) + 1
        box, extra = read_quad(row.quad)
        if problem := check_inside(bounds(box), image.size_hw):
            row.file.fail(problem, row.line)
        if row.difficult:
            extra = merged(extra, {DIFFICULT: row.difficult})
        name = f"{image.id}:{counts[image.id]}"
        yield Annotation(name, image.id, classes[row.class_name].id, box, extra=extra)


# --- writing -------------------------------------------------------------------------------------


def _texts(dataset: Dataset) -> dict[str, str]:
    """The files of the folder by name."""
    annotations = by_image(dataset)
    classes = written_names(dataset.classes, lambda name: "-".join(name.split()))
    labels = {
        image_id: swapped(str(PurePosixPath(name).with_suffix(".txt")), IMAGES, LABELS)
        for image_id, name in image_names(dataset.images).items()
    }
    texts = {labels[image.id]: "".join(_lines(image, annotations[image.id], classes)) for image in dataset.images}
    bare = replace(dataset, images=tuple(_without_headers(image) for image in dataset.images))
    return {**texts, OWN_FILE: own_text(DOTA.name, bare, classes, labels, texts)}


def _lines(image: ImageRecord, annotations: list[Annotation], classes: Mapping[int, str]) -> Iterator[str]:
    for key, value in _headers(image).items():
        yield f"{key}:{value}\n"
    for annotation in annotations:
        quad = quad_of(annotation)
        numbers = shortest(quad, partial(means_the_same, quad))
        difficult = annotation.extra.get(DIFFICULT)
        flag = difficult if type(difficult) is int and 0 <= difficult < 10**9 else 0
        yield f"{' '.join(numbers)} {classes[annotation.class_id]} {flag}\n"


def _headers(image: ImageRecord) -> Extra:
    """The header lines that an image was read with."""
    found = {key: image.extra.get(key) for key in HEADERS}
    return {key: value for key, value in found.items() if isinstance(value, str) and value == " ".join(value.split())}


def _without_headers(image: ImageRecord) -> ImageRecord:
    held = _headers(image)
    return replace(image, extra=MappingProxyType({key: value for key, value in image.extra.items() if key not in held}))

"""What the YOLO formats have in common: `data.yaml`, the images of every split, and a text file of objects an image."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import ClassVar

from fewclicks.errors import InputError
from fewclicks.files import read_text
from fewclicks.formats.bounds import bounds
from fewclicks.formats.folder_export import write_labels
from fewclicks.formats.label_folder import (
    IMAGES,
    LabelFile,
    LabelFolder,
    image_names,
    numbered,
    swapped,
)
from fewclicks.formats.own_file import OWN_FILE, Known, merged, own_text
from fewclicks.formats.per_image import by_image, check_inside, written_names
from fewclicks.formats.record import Record, is_broken, shown
from fewclicks.formats.spec import FormatSpec
from fewclicks.formats.splits import SPLITS, split_of, with_split
from fewclicks.formats.yaml_text import read_yaml, yaml_text
from fewclicks.images.files import SUFFIXES
from fewclicks.labels import Annotation, Dataset, Extra, ImageRecord, LabelClass, Shape

DATA = "data.yaml"
DATA_KEYS = frozenset({"path", *SPLITS, "nc", "names"})
LABELS = "labels"
FORMATS = ("yolo", "yolo-obb")  # corners of an oriented box are also those of a polygon: one reads the other's

Size = tuple[int, int]
Values = tuple[float, ...]
ReadShape = Callable[[Values, Size], tuple[Shape, Extra] | None]
WriteShape = Callable[[Annotation, Size], list[str]]


@dataclass(frozen=True, slots=True)
class Rows:
    """How a format of YOLO files has its objects: `read` gives None for another number of values than it `expects`."""

    spec: FormatSpec
    read: ReadShape
    write: WriteShape
    expects: str


class YoloFormat:
    """What YOLO's formats have in common; they differ in their rows."""

    rows: ClassVar[Rows]

    def read(self, path: Path) -> Dataset:
        """Return the data set of a `data.yaml` or its folder. Raises InputError that names the file and the line."""
        return _read_dataset(path, self.rows)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return _write_dataset(dataset, path, self.rows)


# --- reading -------------------------------------------------------------------------------------


def _read_dataset(path: Path, rows: Rows) -> Dataset:
    """The data set of a `data.yaml`, or of a folder that has one. Raises InputError."""
    data = _data_file(path)
    content = Record(read_yaml(read_text(data), data), data, "")
    return _dataset(content, LabelFolder.read(_root(content), ".txt"), rows)


def _data_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = [path / DATA] if (path / DATA).is_file() else sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
    if len(found) != 1:
        raise InputError(f"expected one {DATA} in the folder, got {len(found)}", path)
    return found[0]


def _root(content: Record) -> Path:
    """The folder that paths in the file count from: `path` as far as it is there, else that of the file."""
    named = content.values.get("path") or "."
    if not isinstance(named, str):
        content.fail(f"path must be a text, not {shown(named)}")
    beside = content.path.parent
    return beside / named if (beside / named).is_dir() else beside


def _dataset(content: Record, folder: LabelFolder, rows: Rows) -> Dataset:
    known = folder.known(*FORMATS)
    classes = _classes(content, known)
    images: list[ImageRecord] = []
    annotations: list[Annotation] = []
    for image, labels in _images(content, folder, known):
        images.append(image)
        if labels in folder.texts:
            annotations.extend(_annotations(folder.file(labels), image, classes, rows))
    extra = merged(known.extra, content.extra(DATA_KEYS))
    return Dataset(tuple(classes.values()), tuple(images), tuple(annotations), extra)


def _classes(content: Record, known: Known) -> dict[int, LabelClass]:
    """The classes by the numbers that the labels have."""
    names = _names(content)
    count = content.values.get("nc", len(names))
    if count != len(names):
        content.fail(f"nc is {shown(count)}, but there are {len(names)} names")
    ours = dict(known.classes)
    taken = {each.id for each in ours.values()}
    free = (number for number in range(max([-1, *taken, *names]) + 1, 2**62))
    classes = {}
    for number, name in names.items():
        if name not in ours:
            ours[name] = LabelClass(next(free) if number in taken else number, name)
        classes[number] = ours[name]
    return classes


def _names(content: Record) -> dict[int, str]:
    names = content.need("names")
    pairs = (
        list(enumerate(names)) if isinstance(names, list) else list(names.items()) if isinstance(names, dict) else None
    )
    if pairs is None:
        content.fail(f"names must be a list or numbers and names, not {shown(names)}")
    found: dict[int, str] = {}
    for number, name in pairs:
        if isinstance(number, str) and not number.isdecimal():
            content.fail(f"names must have whole numbers, not {shown(number)}")
        if isinstance(name, bool) or not isinstance(name, str | int | float) or not str(name):
            content.fail(f"the name of class {number} must be a text that is not empty, not {shown(name)}")
        if is_broken(name):
            content.fail(f"the name of class {number} must be whole characters, not {shown(name)}")
        if str(name) in found.values():
            content.fail(f"two classes have the name {shown(name)}")
        found[int(number)] = str(name)
    return found


def _images(content: Record, folder: LabelFolder, known: Known) -> Iterator[tuple[ImageRecord, str]]:
    """Every image of a split with the name of its label file, which need not be there."""
    listed: dict[str, tuple[str, str]] = {}  # by the label file: the image and its split
    for split in SPLITS:
        for name in _images_of(content, split, folder):
            labels = labels_of(name)
            image, _ = listed.setdefault(labels, (name, split))
            if image != name:
                raise InputError(
                    f"{image} and this image share the same labels, {labels}; rename one of the images",
                    folder.path / name,
                )
    numbers = iter(numbered(known))
    for labels in [
        *(name for name in known.images if name in listed),
        *(name for name in listed if name not in known.images),
    ]:
        image, split = listed[labels]
        record = known.images.get(labels)
        if record and labels not in folder.texts:
            raise InputError(f"file not found, although it is in {OWN_FILE}; restore it", folder.path / labels)
        found = folder.record(image, record, 0 if record else next(numbers))
        yield with_split(found, split), labels


def labels_of(image: str) -> str:
    """The label file of an image: in `labels` where it is in `images`."""
    return swapped(str(PurePosixPath(image).with_suffix(".txt")), IMAGES, LABELS)


def _images_of(content: Record, split: str, folder: LabelFolder) -> Iterator[str]:
    """The names of the images of a split, which says folders or lists of images."""
    said = content.values.get(split) or []
    for place in said if isinstance(said, list) else [said]:
        if not isinstance(place, str):
            content.fail(f"{split} must name folders or lists of images, not {shown(place)}")
        yield from _images_at(content, split, place, folder)


def _images_at(content: Record, split: str, place: str, folder: LabelFolder) -> Iterator[str]:
    # counted from the folder that the training program is started in, as many files have it
    for name in (_below(place, folder), _below(place.removeprefix("../"), folder)):
        if name is not None and name in folder.texts:
            yield from _listed(folder.file(name), folder)
            return
        if name is not None and (folder.path / name).is_dir():
            yield from _in_folder(name, folder)
            return
    content.fail(f"{split}: {place} is neither a folder nor a list of images in {folder.path}")


def _below(place: str, folder: LabelFolder) -> str | None:
    """A path as a name in the folder; None when it leads out of it."""
    path = PurePosixPath(place.replace("\\", "/"))
    if path.is_absolute() and path.is_relative_to(folder.path.absolute().as_posix()):
        path = path.relative_to(folder.path.absolute().as_posix())
    return None if path.is_absolute() or ".." in path.parts else str(path)


def _listed(file: LabelFile, folder: LabelFolder) -> Iterator[str]:
    for number, line in enumerate(file.text.split("\n"), 1):
        if place := line.strip():
            name = _below(place, folder)
            if name is None or PurePosixPath(name).suffix.lower() not in SUFFIXES:
                file.fail(f"{shown(place)} is not an image in the folder", number)
            yield name


def _in_folder(name: str, folder: LabelFolder) -> Iterator[str]:
    """The images below a folder, and those that only labels are there of."""
    within = "" if name == "." else f"{name}/"
    images = [image for image in folder.images if image.startswith(within)]
    yield from images
    known = set(map(labels_of, images))
    labels = swapped(f"{within}x", IMAGES, LABELS)[:-1]
    if labels != within:
        for text in folder.texts:
            if text.startswith(labels) and text not in known:
                yield swapped(str(PurePosixPath(text).with_suffix(".jpg")), LABELS, IMAGES)


def _annotations(
    file: LabelFile, image: ImageRecord, classes: Mapping[int, LabelClass], rows: Rows
) -> Iterator[Annotation]:
    for count, (line, words) in enumerate(file.rows(), 1):
        number, *values = file.numbers(words, line)
        if number not in classes:
            file.fail(f"class {words[0]} is not one of the {len(classes)} classes of {DATA}", line)
        found = rows.read(tuple(values), image.size_hw)
        if found is None:
            file.fail(f"expected a class and {rows.expects}, not {len(words)} numbers", line)
        shape, extra = found
        if problem := check_inside(bounds(shape), image.size_hw):
            file.fail(problem, line)
        yield Annotation(f"{image.id}:{count}", image.id, classes[int(number)].id, shape, extra=extra)


# --- writing -------------------------------------------------------------------------------------


def _write_dataset(dataset: Dataset, path: Path, rows: Rows) -> list[str]:
    """Write the folder `path` and return what it could not hold. Raises InputError and StorageError."""

    def read(folder: LabelFolder) -> Dataset:
        data = Record(read_yaml(folder.file(DATA).text, path / DATA), path / DATA, "")
        return _dataset(data, folder, rows)

    return write_labels(dataset, path, rows.spec, lambda kept: _texts(kept, rows), read)


def _texts(dataset: Dataset, rows: Rows) -> dict[str, str]:
    """The files of the folder by name."""
    annotations = by_image(dataset)
    classes = written_names(dataset.classes, str)
    numbers = {class_id: number for number, class_id in enumerate(classes)}
    names = image_names(dataset.images)
    labels = {image_id: labels_of(name) for image_id, name in names.items()}
    lists = _lists(dataset.images, names)
    objects = {
        labels[image.id]: "".join(
            f"{numbers[found.class_id]} {' '.join(rows.write(found, image.size_hw))}\n"
            for found in annotations[image.id]
        )
        for image in dataset.images
    }
    held = {key: value for key, value in dataset.extra.items() if key not in DATA_KEYS}
    splits = {name.removesuffix(".txt"): name for name in lists}
    data = {**splits, "nc": len(classes), "names": list(classes.values()), **held}
    texts = {DATA: yaml_text(data), **lists, **objects}
    rest = MappingProxyType({key: value for key, value in dataset.extra.items() if key not in held})
    return {**texts, OWN_FILE: own_text(rows.spec.name, replace(dataset, extra=rest), classes, labels, texts)}


def _lists(images: Iterable[ImageRecord], names: Mapping[int, str]) -> dict[str, str]:
    """For every split the list of its images; training programs want those of train and val, also of nothing."""
    lists: dict[str, list[str]] = {split: [] for split in SPLITS}
    for image in images:
        lists[split_of(image)].append(f"./{names[image.id]}\n")
    return {f"{split}.txt": "".join(lines) for split, lines in lists.items() if lines or split != SPLITS[-1]}

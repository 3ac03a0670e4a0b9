"""Pascal VOC: for every image an XML file of upright boxes, and lists of the images of each set."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds
from fewclicks.formats.builtin import VOC
from fewclicks.formats.file_stems import file_stems
from fewclicks.formats.folder_export import write_labels
from fewclicks.formats.image_sets import IMAGE_SETS, held_sets, read_sets, set_texts, with_sets
from fewclicks.formats.label_folder import LabelFolder, key_of, numbered, paired
from fewclicks.formats.own_file import OWN_FILE, Known, classes_by_name, merged, own_text
from fewclicks.formats.per_image import by_image, check_inside, written_names
from fewclicks.formats.splits import SPLIT
from fewclicks.formats.voc_file import VocFile, VocObject, held_by_image, held_by_object, read_voc_file, voc_text
from fewclicks.formats.xml_text import NOT_XML
from fewclicks.images.files import SUFFIXES
from fewclicks.labels import Annotation, Dataset, Extra, ImageRecord, LabelClass

ANNOTATIONS, IMAGES = "Annotations", "JPEGImages"
FOLDERS = frozenset({ANNOTATIONS, IMAGES})
OTHER_FOLDERS = frozenset({"annotations", "images"})  # where there is no folder `Annotations`


class Voc:
    """The format of Pascal VOC. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of the XML files below `path`. Raises InputError that names the file and the element."""
        folder = LabelFolder.read(path.parent if path.name == ANNOTATIONS else path, ".xml", ".txt")
        if not folder.texts:
            raise InputError("no XML files in this folder; choose another one", path)
        return _dataset(folder)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the folder `path` and return what it could not hold.

        Raises InputError when the data set contradicts itself; StorageError when it cannot be written, or holds
        anything else.
        """
        return write_labels(dataset, path, VOC, _texts, _dataset)


# --- reading -------------------------------------------------------------------------------------


def _dataset(folder: LabelFolder) -> Dataset:
    known = folder.known(VOC.name)
    images: dict[str, ImageRecord] = {}
    objects: list[tuple[Path, ImageRecord, VocObject]] = []
    for key, image, path, found in _images(folder, known):
        images[key] = image
        objects.extend((path, image, each) for each in found)
    sets = read_sets(folder, set(images))
    classes = classes_by_name(known, {found.name for _, _, found in objects})
    return Dataset(
        tuple(classes.values()),
        tuple(with_sets(image, key, sets) for key, image in images.items()),
        tuple(_annotations(objects, classes)),
        known.extra,
    )


def _images(folder: LabelFolder, known: Known) -> Iterator[tuple[str, ImageRecord, Path, tuple[VocObject, ...]]]:
    """Every image: as the sets name it, its record, its file and what is in it."""
    labels = [name for name in folder.texts if name.lower().endswith(".xml")]
    inside = [name for name in labels if name.startswith(f"{ANNOTATIONS}/")]
    folders = FOLDERS if inside else FOLDERS | OTHER_FOLDERS
    numbers = iter(numbered(known))
    for name, picture in paired(folder, inside or labels, known, folders.__contains__):
        key, record = key_of(name or picture or "", folders.__contains__), known.images.get(name or "")
        number = 0 if record else next(numbers)
        if name is None:
            image = folder.record(picture or "", None, number)
            yield key, replace(image, file_name=_below(image.file_name)), folder.path, ()
            continue
        path, file = folder.path / name, read_voc_file(folder.file(name).text, folder.path / name)
        yield key, _image(folder, name, file, picture, record, number), path, file.objects


def _below(name: str) -> str:
    """An image by its path in the folder of images, if it is there."""
    return name.removeprefix(f"{IMAGES}/")


def _image(
    folder: LabelFolder, label: str, file: VocFile, picture: str | None, record: ImageRecord | None, number: int
) -> ImageRecord:
    said = file.size_hw or (record.size_hw if record else None)
    height, width = folder.agreed_size(label, said, picture, file.file_name)
    if record is not None:
        return replace(record, width=width, height=height, extra=merged(record.extra, file.extra))
    return ImageRecord(number, _below(picture) if picture else file.file_name, width, height, file.extra)


def _annotations(
    objects: list[tuple[Path, ImageRecord, VocObject]], classes: Mapping[str, LabelClass]
) -> Iterator[Annotation]:
    counts: dict[int, int] = {}
    for path, image, found in objects:
        counts[image.id] = counts.get(image.id, 0) + 1
        if problem := check_inside(found.box, image.size_hw):
            raise InputError(problem, path, f"{found.place}, bndbox")
        name = f"{image.id}:{counts[image.id]}"
        yield Annotation(name, image.id, classes[found.name].id, found.box, extra=found.extra)


# --- writing -------------------------------------------------------------------------------------


def _texts(dataset: Dataset) -> dict[str, str]:
    """The files of the folder by name."""
    annotations = by_image(dataset)
    classes = written_names(dataset.classes, lambda name: NOT_XML.sub("_", name).strip())
    stems = file_stems(replace(image, file_name=_without_folders(image.file_name)) for image in dataset.images)
    labels = {image_id: f"{ANNOTATIONS}/{stem}.xml" for image_id, stem in stems.items()}
    files = {
        labels[image.id]: voc_text(_voc_file(image, stems[image.id], annotations[image.id], classes))
        for image in dataset.images
    }
    texts = {**files, **set_texts(dataset.images, stems)}
    bare = replace(dataset, images=tuple(map(_without_held, dataset.images)))
    return {**texts, OWN_FILE: own_text(VOC.name, bare, classes, labels, texts)}


def _without_folders(file_name: str) -> str:
    path = PurePosixPath(file_name.replace("\\", "/"))
    return str(PurePosixPath(*(part for part in path.parts[:-1] if part not in FOLDERS), path.name))


def _voc_file(image: ImageRecord, stem: str, annotations: list[Annotation], classes: Mapping[int, str]) -> VocFile:
    suffix = PurePosixPath(image.file_name).suffix
    objects = (
        VocObject(classes[found.class_id], bounds(found.shape), held_by_object(found.extra)) for found in annotations
    )
    file_name = stem + (suffix if suffix.lower() in SUFFIXES else ".jpg")
    return VocFile(file_name, image.size_hw, tuple(objects), _held(image))


def _held(image: ImageRecord) -> Extra:
    return {key: value for key, value in held_by_image(image.extra).items() if key not in (IMAGE_SETS, SPLIT)}


def _without_held(image: ImageRecord) -> ImageRecord:
    held = {*_held(image), *([IMAGE_SETS] if held_sets(image) is not None else [])}
    return replace(image, extra=MappingProxyType({key: value for key, value in image.extra.items() if key not in held}))

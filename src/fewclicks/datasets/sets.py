"""Data sets by their names on the command line: which files, in which format, and which images of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fewclicks.datasets.specs import split_weight
from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic, is_panoptic, photo_folder
from fewclicks.formats.dota import DIFFICULT, Dota
from fewclicks.formats.image_sets import OF_SPLIT, held_sets
from fewclicks.formats.points_txt import PointsTxt, has_points
from fewclicks.formats.splits import SPLITS, split_of
from fewclicks.formats.voc import Voc
from fewclicks.formats.yolo import Yolo
from fewclicks.labels import Annotation, Dataset, ImageRecord

SETS = (*SPLITS, "trainval")
IMAGE_FOLDERS = ("", "images", "JPEGImages")  # where the images of a data set may be


@dataclass(frozen=True)
class NamedSet:
    """A data set with its name for reports, the file or folder that it was read from, the folder that the paths of its
    images are relative to, and how often training draws from it relative to other data sets.
    """

    name: str
    dataset: Dataset
    path: Path
    folder: Path
    weight: float


def read_set(spec: str) -> NamedSet:
    """Read `PATH[@SPLIT][:WEIGHT]`: COCO JSON (of panoptic files the things), YOLO (data.yaml or its folder), or a
    folder of Pascal VOC or DOTA files or of points as text.

    SPLIT is train, val, test or trainval, according to the paths or lists of the data set; without it all images are
    read. Raises InputError for data that cannot be read, or that have no images.
    """
    place, weight = split_weight(spec)
    path, wanted = _split_of(place)
    if not path.exists():
        before, at, wanted = place.rpartition("@")
        if at and Path(before).exists():
            raise InputError(f"no split {wanted!r}; use one of {', '.join(SETS)}", Path(before))
        raise InputError("file or folder not found; check the path", path)
    dataset, folder = _read(path)
    images = tuple(image for image in dataset.images if wanted is None or _is_in(image, wanted))
    if not images:
        where = "" if wanted is None else f" in the split {wanted!r}"
        raise InputError(f"no images{where}; choose other data", path)
    named = path.name if path.is_dir() else f"{path.absolute().parent.name}/{path.stem}"
    return NamedSet(f"{named}{f'@{wanted}' * bool(wanted)}", replace(dataset, images=images), path, folder, weight)


def _read(path: Path) -> tuple[Dataset, Path]:
    """Read the data set at `path`; return it and the folder that the paths of its images are relative to."""
    if path.is_file() and path.suffix.lower() in (".yaml", ".yml"):
        return Yolo().read(path), path.parent
    if path.is_file() and path.suffix.lower() == ".csv":
        advice = "import it into a project, then use an export in the format points-txt"
        raise InputError(f"a CSV file is not a data set; {advice}", path)
    if path.is_file() and is_panoptic(path):
        return _things(CocoPanoptic().read(path)), photo_folder(path)
    if path.is_file():
        return CocoInstances().read(path), path.parent
    if any(path.glob("*.y*ml")):
        return Yolo().read(path), path
    if any(path.rglob("*.xml")):
        return Voc().read(path), path.parent if path.name == "Annotations" else path
    if has_points(path):
        return PointsTxt().read(path), path
    return Dota().read(path), path.parent if path.name.startswith("labelTxt") else path


def _things(dataset: Dataset) -> Dataset:
    """Return a panoptic data set without stuff, which has no boxes."""
    classes = tuple(each for each in dataset.classes if each.extra.get("isthing", 1) != 0)
    kept = {each.id for each in classes}
    annotations = tuple(each for each in dataset.annotations if each.class_id in kept)
    return replace(dataset, classes=classes, annotations=annotations)


def image_file(image: ImageRecord, folder: Path) -> Path:
    """Return where an image of a data set is, whose paths are relative to `folder`."""
    places: Iterator[Path] = (folder / within / image.file_name for within in IMAGE_FOLDERS)
    return next((place for place in places if place.is_file()), folder / image.file_name)


def is_ignored(annotation: Annotation) -> bool:
    """Return whether an annotation counts neither as an object nor as a false positive: crowds and difficult ones."""
    return annotation.crowd or bool(annotation.extra.get(DIFFICULT))


def _split_of(text: str) -> tuple[Path, str | None]:
    """Split `PATH@SPLIT`; the split is None when none is given."""
    before, at, wanted = text.rpartition("@")
    if not at or wanted not in SETS or Path(text).exists():
        return Path(text), None
    return Path(before), wanted


def _is_in(image: ImageRecord, wanted: str) -> bool:
    lists = held_sets(image)
    return wanted in (OF_SPLIT[split_of(image)] if lists is None else lists)

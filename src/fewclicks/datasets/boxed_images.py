"""Images with boxes of objects and their classes, read from the formats of data sets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from fewclicks.datasets.specs import read_annotated, split_weight
from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds
from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic, is_panoptic, photo_folder
from fewclicks.formats.dota import DIFFICULT, Dota
from fewclicks.formats.image_sets import OF_SPLIT, held_sets
from fewclicks.formats.splits import SPLITS, split_of
from fewclicks.formats.voc import Voc
from fewclicks.formats.yolo import Yolo
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.oriented import canonical, from_mask, from_points, from_upright
from fewclicks.labels import Annotation, Dataset, ImageRecord, OrientedBox, Polygons, Shape

SETS = (*SPLITS, "trainval")
IMAGE_FOLDERS = ("", "images", "JPEGImages")  # where the images of a data set may be

Found = tuple[Float64[np.ndarray, "5"], int]  # a box and its class


@dataclass(frozen=True, eq=False)
class BoxedImage:
    """An image file of `size_hw` and the objects in it.

    boxes: cx, cy, w, h in pixels and an angle in radians, canonical (geometry/oriented.py), of positive area; upright
    boxes have the angle 0. class_ids: those of the data set. ignored: boxes that count neither as objects nor as false
    positives, which are crowds and objects marked as difficult.
    """

    path: Path
    size_hw: tuple[int, int]
    boxes: Float64[np.ndarray, "N 5"]
    class_ids: Int64[np.ndarray, "N"]
    ignored: Float64[np.ndarray, "K 5"] = field(default_factory=lambda: np.zeros((0, 5)))
    ignored_class_ids: Int64[np.ndarray, "K"] = field(default_factory=lambda: np.zeros(0, np.int64))

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        """Read the image as RGB. Raises InputError unless it is an image of the size of the boxes."""
        return read_annotated(self.path, self.size_hw, "boxes")


@dataclass(frozen=True)
class BoxedSource:
    """A data set: its images, its classes by id, and how often training draws from it relative to other data sets."""

    name: str
    images: tuple[BoxedImage, ...]
    class_names: Mapping[int, str]
    weight: float = 1.0

    def sample(self, count: int, seed: int) -> "BoxedSource":
        """Return the data set with at most `count` of its images, in random order."""
        chosen = np.random.default_rng(seed).permutation(len(self.images))[:count]
        return replace(self, images=tuple(self.images[index] for index in chosen))


def read_boxes(spec: str, oriented: bool = False) -> BoxedSource:
    """Read `PATH[@SPLIT][:WEIGHT]`: COCO JSON (of panoptic files the things), YOLO (data.yaml or its folder), or a
    folder of Pascal VOC or DOTA files.

    SPLIT is train, val, test or trainval, according to the paths or lists of the data set; without it all images are
    read. oriented: the boxes are minimum-area rectangles around the shapes, masks included; otherwise upright boxes.
    Boxes without area are left out; images without objects are kept.

    Raises InputError for data that cannot be read, or that have no images or no boxes.
    """
    place, weight = split_weight(spec)
    path, wanted = _set_of(place)
    if not path.exists():
        before, at, wanted = place.rpartition("@")
        if at and Path(before).exists():
            raise InputError(f"no split {wanted!r}; use {', '.join(SETS)}", Path(before))
        raise InputError("file or folder not found; check the path", path)
    dataset, folder = _read(path)
    images = [image for image in dataset.images if wanted is None or _is_in(image, wanted)]
    if not images:
        where = "" if wanted is None else f" in the split {wanted!r}"
        raise InputError(f"no images{where}; choose other data", path)
    named = path.name if path.is_dir() else f"{path.absolute().parent.name}/{path.stem}"
    source = boxes_of(replace(dataset, images=tuple(images)), folder, oriented, f"{named}{f'@{wanted}' * bool(wanted)}")
    if not any(len(image.boxes) for image in source.images):
        raise InputError("no boxes in any image; choose other data", path)
    return replace(source, weight=weight)


def boxes_of(dataset: Dataset, folder: Path, oriented: bool, name: str) -> BoxedSource:
    """Return the images of `dataset`, whose files are in `folder`, with boxes around its annotations."""
    counted: dict[int, list[Found]] = {image.id: [] for image in dataset.images}
    ignored: dict[int, list[Found]] = {image.id: [] for image in dataset.images}
    for annotation in dataset.annotations:
        if annotation.image_id in counted:
            box = box_around(annotation.shape, oriented)
            if box[2] > 0 and box[3] > 0:
                rows = ignored if _is_ignored(annotation) else counted
                rows[annotation.image_id].append((box, annotation.class_id))
    images = tuple(
        BoxedImage(_file(image, folder), image.size_hw, *_arrays(counted[image.id]), *_arrays(ignored[image.id]))
        for image in dataset.images
    )
    return BoxedSource(name, images, {known.id: known.name for known in dataset.classes})


def _is_ignored(annotation: Annotation) -> bool:
    return annotation.crowd or bool(annotation.extra.get(DIFFICULT))


def _arrays(found: list[Found]) -> tuple[Float64[np.ndarray, "N 5"], Int64[np.ndarray, "N"]]:
    boxes = np.array([box for box, _ in found], np.float64).reshape(-1, 5)
    return boxes, np.array([class_id for _, class_id in found], np.int64)


def box_around(shape: Shape, oriented: bool) -> Float64[np.ndarray, "5"]:
    """Return the upright box of a shape, or its minimum-area rectangle; canonical."""
    if not oriented:
        return from_upright(np.array(bounds(shape).xyxy, np.float64))
    if isinstance(shape, Mask):
        return from_mask(shape)
    if isinstance(shape, Polygons):
        return from_points(np.array([value for ring in shape.rings for value in ring], np.float64).reshape(-1, 2))
    if isinstance(shape, OrientedBox):
        return canonical(np.array(shape.cxcywha, np.float64))
    return from_upright(np.array(bounds(shape).xyxy, np.float64))


def _read(path: Path) -> tuple[Dataset, Path]:
    """Read the data set at `path`; return it and the folder that the paths of its images are relative to."""
    if path.is_file() and path.suffix.lower() in (".yaml", ".yml"):
        return Yolo().read(path), path.parent
    if path.is_file() and is_panoptic(path):
        return _things(CocoPanoptic().read(path)), photo_folder(path)
    if path.is_file():
        return CocoInstances().read(path), path.parent
    if any(path.glob("*.y*ml")):
        return Yolo().read(path), path
    if any(path.rglob("*.xml")):
        return Voc().read(path), path.parent if path.name == "Annotations" else path
    return Dota().read(path), path.parent if path.name.startswith("labelTxt") else path


def _things(dataset: Dataset) -> Dataset:
    """Return a panoptic data set without stuff, which has no boxes."""
    classes = tuple(each for each in dataset.classes if each.extra.get("isthing", 1) != 0)
    kept = {each.id for each in classes}
    annotations = tuple(each for each in dataset.annotations if each.class_id in kept)
    return replace(dataset, classes=classes, annotations=annotations)


def _file(image: ImageRecord, folder: Path) -> Path:
    places: Iterator[Path] = (folder / within / image.file_name for within in IMAGE_FOLDERS)
    return next((place for place in places if place.is_file()), folder / image.file_name)


def _set_of(text: str) -> tuple[Path, str | None]:
    """Split `PATH@SPLIT`; the split is None when none is given."""
    before, at, wanted = text.rpartition("@")
    if not at or wanted not in SETS or Path(text).exists():
        return Path(text), None
    return Path(before), wanted


def _is_in(image: ImageRecord, wanted: str) -> bool:
    lists = held_sets(image)
    return wanted in (OF_SPLIT[split_of(image)] if lists is None else lists)

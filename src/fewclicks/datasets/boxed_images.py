"""Images with boxes of objects and their classes, read from the formats of data sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from fewclicks.datasets.sets import image_file, is_ignored, read_set
from fewclicks.datasets.specs import read_annotated, sampled
from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.oriented import canonical, from_mask, from_points, from_upright
from fewclicks.labels import Dataset, OrientedBox, Polygons, Shape

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
        return replace(self, images=sampled(self.images, count, seed))


def read_boxes(spec: str, oriented: bool = False) -> BoxedSource:
    """Read `PATH[@SPLIT][:WEIGHT]`: COCO JSON (of panoptic files the things), YOLO (data.yaml or its folder), or a
    folder of Pascal VOC or DOTA files.

    SPLIT is train, val, test or trainval, according to the paths or lists of the data set; without it all images are
    read. oriented: the boxes are minimum-area rectangles around the shapes, masks included; otherwise upright boxes.
    Boxes without area are left out; images without objects are kept.

    Raises InputError for data that cannot be read, or that have no images or no boxes.
    """
    named = read_set(spec)
    source = boxes_of(named.dataset, named.folder, oriented, named.name)
    if not any(len(image.boxes) for image in source.images):
        raise InputError("no boxes in any image; choose other data", named.path)
    return replace(source, weight=named.weight)


def boxes_of(dataset: Dataset, folder: Path, oriented: bool, name: str) -> BoxedSource:
    """Return the images of `dataset`, whose files are in `folder`, with boxes around its annotations."""
    counted: dict[int, list[Found]] = {image.id: [] for image in dataset.images}
    ignored: dict[int, list[Found]] = {image.id: [] for image in dataset.images}
    for annotation in dataset.annotations:
        if annotation.image_id in counted:
            box = box_around(annotation.shape, oriented)
            if box[2] > 0 and box[3] > 0:
                rows = ignored if is_ignored(annotation) else counted
                rows[annotation.image_id].append((box, annotation.class_id))
    images = tuple(
        BoxedImage(image_file(image, folder), image.size_hw, *_arrays(counted[image.id]), *_arrays(ignored[image.id]))
        for image in dataset.images
    )
    return BoxedSource(name, images, {known.id: known.name for known in dataset.classes})


def has_oriented_boxes(dataset: Dataset) -> bool:
    """Return whether any box of the data set is drawn with an angle."""
    return any(isinstance(each.shape, OrientedBox) and each.shape.angle for each in dataset.annotations)


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

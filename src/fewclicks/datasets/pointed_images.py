"""Images with points on objects and their classes, read from the formats of data sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from fewclicks.datasets.sets import image_file, is_ignored, read_set
from fewclicks.datasets.specs import read_annotated, sampled
from fewclicks.errors import InputError
from fewclicks.formats.bounds import bounds
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Annotation, Dataset, ImageRecord, Point, Polygons, Shape


@dataclass(frozen=True, eq=False)
class PointedImage:
    """An image file of `size_hw` and a point on each object in it.

    points_xy: pixels, inside the image; where the data set has boxes, the centres of `boxes`. class_ids: those of the
    data set. boxes: x0, y0, x1, y1 in pixels, tight around the part of each object in the image, of positive area; None
    where the data set has points. masks: of the same objects; None unless the image has masks or polygons of all.
    ignored: boxes that count neither as objects nor as false positives, which are crowds and objects marked as
    difficult; none where the data set has points.
    """

    path: Path
    size_hw: tuple[int, int]
    points_xy: Float64[np.ndarray, "N 2"]
    class_ids: Int64[np.ndarray, "N"]
    boxes: Float64[np.ndarray, "N 4"] | None = None
    masks: tuple[Mask, ...] | None = None
    ignored: Float64[np.ndarray, "K 4"] = field(default_factory=lambda: np.zeros((0, 4)))
    ignored_class_ids: Int64[np.ndarray, "K"] = field(default_factory=lambda: np.zeros(0, np.int64))

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        """Read the image as RGB. Raises InputError unless it is an image of the size of the points."""
        return read_annotated(self.path, self.size_hw, "points")


@dataclass(frozen=True)
class PointedSource:
    """A data set: its images, its classes by id, and how often training draws from it relative to other data sets.

    repeated: the number of points left out because an earlier one of the same class is in the same pixel.
    """

    name: str
    images: tuple[PointedImage, ...]
    class_names: Mapping[int, str]
    weight: float = 1.0
    repeated: int = 0

    def sample(self, count: int, seed: int) -> "PointedSource":
        """Return the data set with at most `count` of its images, in random order."""
        return replace(self, images=sampled(self.images, count, seed))


def read_points(spec: str) -> PointedSource:
    """Read `PATH[@SPLIT][:WEIGHT]`: what `read_boxes` reads, a folder of points as text, or points in COCO JSON.

    The point of a box, an oriented box, polygons or a mask is the centre of its upright box. As soon as one object of
    the data set is a point, none has a box or a mask. Shapes without area in their image are left out; images without
    objects are kept.

    Raises InputError for data that cannot be read, or that have no images or no objects.
    """
    named = read_set(spec)
    source = points_of(named.dataset, named.folder, named.name)
    if not any(len(image.points_xy) for image in source.images):
        raise InputError("no objects in any image; choose other data", named.path)
    return replace(source, weight=named.weight)


def points_of(dataset: Dataset, folder: Path, name: str) -> PointedSource:
    """Return the images of `dataset`, whose files are in `folder`, with points on its annotations."""
    annotations: dict[int, list[Annotation]] = {image.id: [] for image in dataset.images}
    for annotation in dataset.annotations:
        if annotation.image_id in annotations:
            annotations[annotation.image_id].append(annotation)
    shapes = [found.shape for image in dataset.images for found in annotations[image.id] if not is_ignored(found)]
    has_points = any(isinstance(shape, Point) for shape in shapes)
    repeated = 0
    images = []
    for image in dataset.images:
        pointed = _pointed(image, folder, annotations[image.id])
        images.append(_distinct(pointed) if has_points else pointed)
        repeated += len(pointed.points_xy) - len(images[-1].points_xy)
    class_names = {known.id: known.name for known in dataset.classes}
    return PointedSource(name, tuple(images), class_names, repeated=repeated)


def _pointed(image: ImageRecord, folder: Path, annotations: Iterable[Annotation]) -> PointedImage:
    placed = [(found, _box_in(found.shape, image.size_hw)) for found in annotations]
    counted = [
        (found, box)
        for found, box in placed
        if not is_ignored(found) and (isinstance(found.shape, Point) or _has_area(box))
    ]
    ignored = [(found, box) for found, box in placed if is_ignored(found) and _has_area(box)]
    boxes, class_ids = _arrays(counted)
    has_masks = all(isinstance(found.shape, Mask | Polygons) for found, _ in counted)
    masks = tuple(mask_from_shape(found.shape, image.size_hw) for found, _ in counted) if has_masks else None
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    path = image_file(image, folder)
    return PointedImage(path, image.size_hw, centres, class_ids, boxes, masks, *_arrays(ignored))


def _box_in(shape: Shape, size_hw: tuple[int, int]) -> Float64[np.ndarray, "4"]:
    """Return the upright box around the part of a shape in its image."""
    height, width = size_hw
    return np.clip(np.array(bounds(shape).xyxy, np.float64), 0, [width, height, width, height])


def _has_area(box: Float64[np.ndarray, "4"]) -> bool:
    return bool((box[2:] > box[:2]).all())


def _arrays(
    found: Sequence[tuple[Annotation, Float64[np.ndarray, "4"]]],
) -> tuple[Float64[np.ndarray, "N 4"], Int64[np.ndarray, "N"]]:
    boxes = np.array([box for _, box in found], np.float64).reshape(-1, 4)
    return boxes, np.array([annotation.class_id for annotation, _ in found], np.int64)


def _distinct(image: PointedImage) -> PointedImage:
    """Return the points alone, the first of each class in each pixel."""
    pixels = np.column_stack([np.floor(image.points_xy).astype(np.int64), image.class_ids])
    first = np.sort(np.unique(pixels, axis=0, return_index=True)[1])
    return PointedImage(image.path, image.size_hw, image.points_xy[first], image.class_ids[first])

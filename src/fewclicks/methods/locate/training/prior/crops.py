"""Training crops of one class: pixels, the points of an annotator on some of its objects, and the boxes of all."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.methods.shared.points.reading import reading_scale
from fewclicks.methods.shared.training.augment import vary_colours
from fewclicks.methods.shared.training.placement import for_opencv, random_placement, random_symmetry
from fewclicks.methods.shared.training.point_crops import ReadImage
from fewclicks.simulation.points.coarse import coarse_points

SHARES = (1.0, 1.0, 0.5, 0.2)  # of the objects of an image that the annotator points at, each as often
SCALES = (0.6, 1.6)  # random factors of the reading scale of a crop
FEW, REDRAWN = 4, 0.75  # a crop with fewer points is replaced, with this chance


@dataclass(frozen=True, eq=False)
class ClassCrop:
    """A crop in which one class is annotated; all coordinates are pixels of the crop.

    points_xy, boxes_of_points: the annotated points of the class in the crop, and the boxes x0, y0, x1, y1 of their
    objects. boxes: of all objects of the class in the image, annotated or not. area_xyxy: the part of the crop that
    shows the image.
    """

    rgb: UInt8[np.ndarray, "S S 3"]
    points_xy: Float64[np.ndarray, "N 2"]
    boxes_of_points: Float64[np.ndarray, "N 4"]
    boxes: Float64[np.ndarray, "M 4"]
    area_xyxy: Float64[np.ndarray, "4"]


class ClassCropSampler:
    """Draws crops of `side` pixels from images read so that neighbouring points are about `spacing` pixels apart."""

    def __init__(self, sources: Sequence[PointedSource], side: int, spacing: float) -> None:
        """The sources have boxes, and no image without objects."""
        self.side, self.spacing = side, spacing
        self.images = [source.images for source in sources]
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()

    def draw(self, rng: np.random.Generator) -> ClassCrop:
        """Return a crop of a random image, with at least one point."""
        crop = self._drawn(rng)
        while len(crop.points_xy) < FEW and rng.random() < REDRAWN:
            crop = self._drawn(rng)
        return crop

    def _drawn(self, rng: np.random.Generator) -> ClassCrop:
        images = self.images[int(rng.choice(len(self.images), p=self.chances))]
        image = images[int(rng.integers(len(images)))]
        annotated, boxes = _annotated(image, rng)
        points, class_ids = annotated.points_xy, annotated.class_ids
        read = ReadImage(annotated, reading_scale(points, class_ids, image.size_hw, self.spacing))
        turn = random_symmetry(rng) * float(np.exp(rng.uniform(*np.log(SCALES))))
        matrix = random_placement(read.size_hw, (self.side, self.side), turn, read.points_xy, 1.0, rng)
        rgb = cv2.warpAffine(read.pixels(), for_opencv(matrix), (self.side, self.side))
        placed = read.points_xy @ turn.T + matrix[:, 2]
        inside = np.flatnonzero(np.logical_and.reduce((placed >= 0) & (placed < self.side), axis=1))
        class_id = class_ids[rng.choice(inside)]
        chosen = inside[class_ids[inside] == class_id]
        to_crop = matrix @ np.diag([*np.array(read.size_hw[::-1]) / np.array(image.size_hw[::-1]), 1.0])
        area = _placed(np.array([[0.0, 0.0, *image.size_hw[::-1]]]), to_crop)[0]
        return ClassCrop(
            vary_colours(rgb, rng),
            placed[chosen],
            _placed(boxes[chosen], to_crop),
            _placed(_boxes(image)[image.class_ids == class_id], to_crop),
            np.clip(area, 0, self.side),
        )


def _annotated(image: PointedImage, rng: np.random.Generator) -> tuple[PointedImage, Float64[np.ndarray, "N 4"]]:
    """Return the image with coarse points (Eq. 11) on a random share of its objects, at least one, and their boxes."""
    boxes = _boxes(image)
    points = coarse_points(boxes, image.masks, image.size_hw, rng)
    chosen = rng.random(len(points)) < rng.choice(SHARES)
    chosen[rng.integers(len(points))] = True
    return PointedImage(image.path, image.size_hw, points[chosen], image.class_ids[chosen]), boxes[chosen]


def _boxes(image: PointedImage) -> Float64[np.ndarray, "M 4"]:
    assert image.boxes is not None
    return image.boxes


def _placed(boxes: Float64[np.ndarray, "N 4"], matrix: Float64[np.ndarray, "2 3"]) -> Float64[np.ndarray, "N 4"]:
    """Return boxes after a map that keeps them upright."""
    corners = [boxes[:, part] @ matrix[:, :2].T + matrix[:, 2] for part in (slice(0, 2), slice(2, 4))]
    return np.concatenate([np.minimum(*corners), np.maximum(*corners)], axis=1)

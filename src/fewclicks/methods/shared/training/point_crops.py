"""Training crops: a square part of an image at its reading scale, turned and coloured, with the points around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float64, Int64, UInt8

from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.methods.shared.points.reading import read_at
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours
from fewclicks.methods.shared.training.placement import for_opencv, random_placement, random_symmetry

SCALES = (0.8, 1.25)  # random factors of the reading scale of a crop
ON_POINT = 0.8  # share of crops that are laid so that some point is in them


@dataclass(frozen=True)
class Crop:
    """Pixels, all points of the image in pixels of the crop, their classes, and the part x0, y0, x1, y1 of the crop
    that shows the image.
    """

    rgb: UInt8[np.ndarray, "S S 3"]
    points_xy: Float64[np.ndarray, "N 2"]
    class_ids: Int64[np.ndarray, "N"]
    area_xyxy: Float64[np.ndarray, "4"]


@dataclass(frozen=True, eq=False)
class ReadImage:
    """An image as a network reads it, at `scale`; sizes and points are in pixels of the network's input."""

    image: PointedImage
    scale: float

    @property
    def path(self) -> Path:
        return self.image.path

    @property
    def size_hw(self) -> tuple[int, int]:
        height, width = (max(1, round(side * self.scale)) for side in self.image.size_hw)
        return height, width

    @property
    def points_xy(self) -> Float64[np.ndarray, "N 2"]:
        along = np.array(self.size_hw[::-1]) / np.array(self.image.size_hw[::-1])
        return self.image.points_xy * along

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        """Read the image at its scale. Raises InputError."""
        height, width = self.size_hw
        return read_at(self.image.pixels(), (self.scale, self.scale))[:height, :width]


class CropSampler:
    """Draws crops of `side` pixels of the network's input. scales: the reading scale of each image of each source."""

    def __init__(self, sources: Sequence[PointedSource], scales: Sequence[Sequence[float]], side: int) -> None:
        self.side = side
        self.images = [
            [ReadImage(image, scale) for image, scale in zip(source.images, of_images, strict=True)]
            for source, of_images in zip(sources, scales, strict=True)
        ]
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._decoded = DecodedImages()

    def draw(self, rng: np.random.Generator) -> Crop:
        """Return a crop of a random image."""
        images = self.images[int(rng.choice(len(self.images), p=self.chances))]
        image = images[int(rng.integers(len(images)))]
        size = (self.side, self.side)
        turn = random_symmetry(rng) * float(np.exp(rng.uniform(*np.log(SCALES))))
        points = image.points_xy
        matrix = random_placement(image.size_hw, size, turn, points, ON_POINT, rng)
        rgb = cv2.warpAffine(self._decoded.read(image), for_opencv(matrix), size)
        corners = np.array([[0.0, 0], image.size_hw[::-1]]) @ turn.T + matrix[:, 2]
        area = np.clip(np.concatenate([corners.min(0), corners.max(0)]), 0, self.side)
        return Crop(vary_colours(rgb, rng), points @ turn.T + matrix[:, 2], image.image.class_ids, area)

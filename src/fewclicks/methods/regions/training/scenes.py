"""Training scenes: squares of photos and the regions in them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int, UInt8

from fewclicks.datasets.masked_images import Source
from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours
from fewclicks.methods.shared.windows import Window, crop_image, crop_mask

SCENE = 384  # pixels of a side of a scene
MOST_REGIONS = 24  # in a scene; the smallest regions beyond that are void
SMALLEST_AREA = 24  # pixels of a scene


class SceneSampler:
    """Draws random scenes from data sets, by the weights of these."""

    def __init__(self, sources: list[Source]) -> None:
        self.sources = sources
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._decoded = DecodedImages()

    def draw(self, rng: np.random.Generator) -> tuple[UInt8[np.ndarray, "S S 3"], Int[np.ndarray, "S S"]]:
        """Return the pixels and labels of a scene with two or more regions."""
        while True:
            images = self.sources[rng.choice(len(self.sources), p=self.chances)].images
            image = images[rng.integers(len(images))]
            window = _square(image.masks[0].size_hw, rng)
            labels = _labels(image.masks, window)
            if labels.max() >= 2:
                return self._varied(crop_image(self._decoded.read(image), window, SCENE), labels, rng)

    def _varied(self, rgb: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if rng.random() < 0.5:
            rgb, labels = rgb[:, ::-1], labels[:, ::-1]
        turn = rng.random()
        if turn < 0.1:
            rgb, labels = rgb.transpose(1, 0, 2), labels.T
        elif turn < 0.15:
            rgb, labels = rgb[::-1], labels[::-1]
        return vary_colours(np.ascontiguousarray(rgb), rng), np.ascontiguousarray(labels)


def _square(size_hw: tuple[int, int], rng: np.random.Generator) -> Window:
    """Draw a square window that covers most of the photo, or all of it and some black border."""
    height, width = size_hw
    side = round(max(height, width) * float(rng.uniform(0.5, 1.05)))
    x0, y0 = (round(float(rng.uniform(min(0, size - side), max(0, size - side)))) for size in (width, height))
    return Window(x0, y0, side, side)


def _labels(masks: Sequence[Mask], window: Window) -> Int[np.ndarray, "S S"]:
    """Label the regions in the window from 1, smaller ones on top; small regions are void (0)."""
    labels = np.zeros((SCENE, SCENE), np.int64)
    crops = [crop_mask(mask, window, SCENE) for mask in masks]
    crops = sorted((crop for crop in crops if crop.sum() >= SMALLEST_AREA), key=lambda crop: -crop.sum())
    for number, crop in enumerate(crops[:MOST_REGIONS], start=1):
        labels[crop] = number
    visible = [number for number in range(1, len(crops) + 1) if (labels == number).sum() >= SMALLEST_AREA]
    renumbered = np.zeros(len(crops) + 1, np.int64)
    renumbered[visible] = np.arange(1, len(visible) + 1)
    return renumbered[labels]

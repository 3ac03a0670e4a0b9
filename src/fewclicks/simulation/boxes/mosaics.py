"""Several test images joined into one, which then has many small objects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from fewclicks.datasets.boxed_images import BoxedImage


@dataclass(frozen=True, eq=False, kw_only=True)
class Mosaic(BoxedImage):
    """Images in equal cells, row by row, each at the top left of its cell; `origins_xy` are these corners, in pixels.

    Its path is that of its first image. Pixels that no image covers are black.
    """

    images: tuple[BoxedImage, ...]
    origins_xy: tuple[tuple[int, int], ...]

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        image = np.zeros((*self.size_hw, 3), np.uint8)
        for each, (x, y) in zip(self.images, self.origins_xy, strict=True):
            height, width = each.size_hw
            image[y : y + height, x : x + width] = each.pixels()
        return image


def mosaics(images: Sequence[BoxedImage], side: int) -> tuple[BoxedImage, ...]:
    """Join `side` x `side` consecutive images, and the rest into a last one; a side of 1 returns them unchanged."""
    if side == 1:
        return tuple(images)
    return tuple(_mosaic(images[start : start + side**2], side) for start in range(0, len(images), side**2))


def _mosaic(images: Sequence[BoxedImage], side: int) -> Mosaic:
    height, width = np.max([each.size_hw for each in images], axis=0).tolist()
    origins = tuple((index % side * width, index // side * height) for index in range(len(images)))
    shifts = np.array([(x, y, 0, 0, 0) for x, y in origins], np.float64)
    return Mosaic(
        path=images[0].path,
        size_hw=(side * height, side * width),
        boxes=np.concatenate([each.boxes + shift for each, shift in zip(images, shifts, strict=True)]),
        class_ids=np.concatenate([each.class_ids for each in images]),
        ignored=np.concatenate([each.ignored + shift for each, shift in zip(images, shifts, strict=True)]),
        ignored_class_ids=np.concatenate([each.ignored_class_ids for each in images]),
        images=tuple(images),
        origins_xy=origins,
    )

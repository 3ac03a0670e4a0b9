"""Several test images as one, so that one has many small objects (methods of measuring `detect` on tiny things)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from fewclicks.datasets.boxed_images import BoxedImage


@dataclass(frozen=True, eq=False, kw_only=True)
class Mosaic(BoxedImage):
    """Images in equal cells, row by row, each at the top left of its cell; `origins_xy` are these corners, in pixels.

    It is named after its first image. What no image covers is black.
    """

    parts: tuple[BoxedImage, ...]
    origins_xy: tuple[tuple[int, int], ...]

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        image = np.zeros((*self.size_hw, 3), np.uint8)
        for part, (x, y) in zip(self.parts, self.origins_xy, strict=True):
            height, width = part.size_hw
            image[y : y + height, x : x + width] = part.pixels()
        return image


def mosaics(images: Sequence[BoxedImage], side: int) -> tuple[BoxedImage, ...]:
    """`side` by `side` consecutive images as one, the last with what is left; a side of 1 leaves them as they are."""
    if side == 1:
        return tuple(images)
    return tuple(_mosaic(images[start : start + side**2], side) for start in range(0, len(images), side**2))


def _mosaic(parts: Sequence[BoxedImage], side: int) -> Mosaic:
    height, width = np.max([part.size_hw for part in parts], axis=0).tolist()
    origins = tuple((index % side * width, index // side * height) for index in range(len(parts)))
    shifts = np.array([(x, y, 0, 0, 0) for x, y in origins], np.float64)
    return Mosaic(
        path=parts[0].path,
        size_hw=(side * height, side * width),
        boxes=np.concatenate([part.boxes + shift for part, shift in zip(parts, shifts, strict=True)]),
        class_ids=np.concatenate([part.class_ids for part in parts]),
        ignored=np.concatenate([part.ignored + shift for part, shift in zip(parts, shifts, strict=True)]),
        ignored_class_ids=np.concatenate([part.ignored_class_ids for part in parts]),
        parts=tuple(parts),
        origins_xy=origins,
    )

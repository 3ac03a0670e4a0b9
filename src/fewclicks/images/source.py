"""What methods read: an image in memory, or one too large for that, which is read where it is needed."""

from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import UInt8


@runtime_checkable
class RegionReader(Protocol):
    """An image of which only regions are read."""

    @property
    def size_hw(self) -> tuple[int, int]: ...

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        """The pixels x0 <= x < x1, y0 <= y < y1, which lie inside, every `shrink` x `shrink` of them averaged to one.

        The answer has ceil((x1 - x0) / shrink) columns, rows likewise. Raises InputError when the file is damaged.
        """
        ...


ImageSource = UInt8[np.ndarray, "H W 3"] | RegionReader


def size_of(image: ImageSource) -> tuple[int, int]:
    """Height and width."""
    return (image.shape[0], image.shape[1]) if isinstance(image, np.ndarray) else image.size_hw


def read_region(image: ImageSource, xyxy: tuple[int, int, int, int], shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
    """The region x0, y0, x1, y1 inside the image, shrunk as `RegionReader.read` says; it may be a view of the image.

    Empty where x0 >= x1 or y0 >= y1.
    """
    x0, y0, x1, y1 = xyxy
    if x0 >= x1 or y0 >= y1:
        return np.zeros((0, 0, 3), np.uint8)
    if not isinstance(image, np.ndarray):
        return image.read(x0, y0, x1, y1, shrink)
    region = image[y0:y1, x0:x1]
    if shrink == 1:
        return region
    goal = (-(-region.shape[1] // shrink), -(-region.shape[0] // shrink))
    return cv2.resize(region, goal, interpolation=cv2.INTER_AREA)

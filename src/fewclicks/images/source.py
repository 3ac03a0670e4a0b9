"""The images that models read: arrays, or readers of large images."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from fewclicks.errors import InputError


@runtime_checkable
class RegionReader(Protocol):
    """A reader of windows of a large image."""

    @property
    def size_hw(self) -> tuple[int, int]: ...

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        """Return the pixels x0 <= x < x1, y0 <= y < y1, averaging each `shrink` x `shrink` pixels into one.

        The window lies inside the image. The result has ceil((x1 - x0) / shrink) columns and ceil((y1 - y0) / shrink)
        rows. Raises InputError when the file is damaged.
        """
        ...


ImageSource = UInt8[np.ndarray, "H W 3"] | RegionReader


def check_rgb(image: np.ndarray) -> None:
    """Raise InputError unless `image` is an RGB image, uint8 [H, W, 3], with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise InputError(f"expected a uint8 RGB image of shape [H, W, 3], got {image.dtype} {list(image.shape)}")


def size_of(image: ImageSource) -> tuple[int, int]:
    """Return height and width."""
    return (image.shape[0], image.shape[1]) if isinstance(image, np.ndarray) else image.size_hw


def read_region(image: ImageSource, xyxy: tuple[int, int, int, int], shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
    """Return the window x0, y0, x1, y1 of the image, shrunk as in `RegionReader.read`; it may be a view of the image.

    The window lies inside the image; the result is empty when x0 >= x1 or y0 >= y1.
    """
    x0, y0, x1, y1 = xyxy
    if x0 >= x1 or y0 >= y1:
        return np.zeros((0, 0, 3), np.uint8)
    if not isinstance(image, np.ndarray):
        return image.read(x0, y0, x1, y1, shrink)
    window = image[y0:y1, x0:x1]
    if shrink == 1:
        return window
    goal = (-(-window.shape[1] // shrink), -(-window.shape[0] // shrink))
    import cv2  # here, so that specs of methods are listed without it

    return cv2.resize(window, goal, interpolation=cv2.INTER_AREA)

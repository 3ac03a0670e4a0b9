"""The part of an image that a network sees of it, and what lies in it: pixels and masks."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Real, UInt8

from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, read_region, size_of

CONTEXT = 1.4  # side of a square window over the longer side of what it is centred on
LONGEST_PADDED = 2048  # a larger window is scaled down before it is padded


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the image that the network sees: x0, y0, width, height in pixels, may reach outside."""

    x0: int
    y0: int
    width: int
    height: int

    @classmethod
    def around(cls, xyxy: tuple[float, float, float, float], context: float = CONTEXT) -> "Window":
        """A square centred on a box, `context` times its longer side, at least 16 pixels."""
        x0, y0, x1, y1 = xyxy
        side = max(16, round(max(x1 - x0, y1 - y0) * context))
        return cls(round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), side, side)

    def holds(self, points_xy: Real[np.ndarray, "N 2"]) -> bool:
        """Whether all points lie in it, on its border included."""
        low, high = (self.x0, self.y0), (self.x0 + self.width, self.y0 + self.height)
        return bool((points_xy >= low).all() and (points_xy <= high).all())

    def to_map(self, points_xy: Real[np.ndarray, "N 2"], size: int) -> Float[np.ndarray, "N 2"]:
        """Image coordinates to coordinates of a map of `size` x `size` over this window."""
        scale = np.array([size / self.width, size / self.height])
        return (points_xy - np.array([self.x0, self.y0])) * scale


def crop_image(image: ImageSource, window: Window, size: int) -> UInt8[np.ndarray, "S S 3"]:
    """The window's pixels scaled to `size` x `size`; black outside the image (corrective-clicks, Sec. 3.1)."""
    x0, y0, x1, y1 = window.x0, window.y0, window.x0 + window.width, window.y0 + window.height
    height, width = size_of(image)
    factor = max(1, -(-max(window.width, window.height) // LONGEST_PADDED))
    inside = read_region(image, (max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)), factor)
    if factor > 1 and inside.size:
        place = (round((x0 - max(x0, 0)) / factor), round((y0 - max(y0, 0)) / factor))
        smaller = Window(*place, round(window.width / factor), round(window.height / factor))
        return crop_image(inside, smaller, size)
    if inside.shape[:2] != (window.height, window.width):
        top, left = max(-y0, 0), max(-x0, 0)
        whole = np.zeros((window.height, window.width, 3), np.uint8)
        whole[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
        inside = whole
    shrinks = max(window.width, window.height) > size
    return cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def crop_mask(mask: Mask, window: Window, size: int) -> Bool[np.ndarray, "S S"]:
    """The window's part of a mask, scaled to `size` x `size`, True where half of a cell is covered."""
    (ox, oy), (h, w) = mask.offset_xy, mask.crop.shape
    if h == 0 or w == 0:
        return np.zeros((size, size), bool)
    sx, sy = size / window.width, size / window.height
    shrunk = mask.crop.astype(np.float32)
    if sx < 1 or sy < 1:  # average before sampling, else thin parts vanish
        goal = (max(1, round(w * min(sx, 1))), max(1, round(h * min(sy, 1))))
        shrunk = cv2.resize(shrunk, goal, interpolation=cv2.INTER_AREA)
    kx, ky = w / shrunk.shape[1] * sx, h / shrunk.shape[0] * sy
    matrix = np.array(
        [
            [kx, 0, (ox - window.x0) * sx + kx / 2 - 0.5],
            [0, ky, (oy - window.y0) * sy + ky / 2 - 0.5],
        ]
    )
    return cv2.warpAffine(shrunk, matrix, (size, size), flags=cv2.INTER_LINEAR) >= 0.5

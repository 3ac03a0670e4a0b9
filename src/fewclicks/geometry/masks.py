"""Masks as a crop at a place in an image, so that a small object in a large image costs little."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool


@dataclass(frozen=True, eq=False)
class Mask:
    """Which pixels of an image belong to an object.

    `crop` [h, w] bool lies with its top-left pixel at `offset_xy` in an image of `size_hw`; outside it
    everything is False. Two masks are equal when they cover the same pixels of images of the same size.
    """

    crop: Bool[np.ndarray, "h w"]
    offset_xy: tuple[int, int]
    size_hw: tuple[int, int]

    def __post_init__(self) -> None:
        (x, y), (h, w), (height, width) = self.offset_xy, self.crop.shape, self.size_hw
        if x < 0 or y < 0 or x + w > width or y + h > height:
            raise ValueError(f"a {w}x{h} crop at ({x}, {y}) does not fit an image of {width}x{height}")

    @classmethod
    def from_full(cls, full: Bool[np.ndarray, "H W"]) -> "Mask":
        """The mask of a whole image, kept as its tight crop."""
        return cls(full, (0, 0), (full.shape[0], full.shape[1])).tight()

    @classmethod
    def empty(cls, size_hw: tuple[int, int]) -> "Mask":
        return cls(np.zeros((0, 0), bool), (0, 0), size_hw)

    def tight(self) -> "Mask":
        """The same mask with the smallest crop that holds it."""
        ys = np.flatnonzero(self.crop.any(1))
        if ys.size == 0:
            return Mask.empty(self.size_hw)
        xs = np.flatnonzero(self.crop.any(0))
        crop = self.crop[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1].copy()
        return Mask(crop, (self.offset_xy[0] + int(xs[0]), self.offset_xy[1] + int(ys[0])), self.size_hw)

    def full(self) -> Bool[np.ndarray, "H W"]:
        """The mask at the size of its image."""
        out = np.zeros(self.size_hw, bool)
        self.paste_into(out)
        return out

    def paste_into(self, out: Bool[np.ndarray, "H W"]) -> None:
        """Set the mask's pixels in `out`, which has the size of the image."""
        (x, y), (h, w) = self.offset_xy, self.crop.shape
        out[y : y + h, x : x + w] |= self.crop

    @cached_property
    def area(self) -> int:
        """Number of pixels."""
        return int(self.crop.sum())

    @property
    def xyxy(self) -> tuple[int, int, int, int]:
        """The box of the crop; tight when the mask is."""
        (x, y), (h, w) = self.offset_xy, self.crop.shape
        return (x, y, x + w, y + h)

    def extreme_points(self) -> tuple[tuple[float, float], ...]:
        """The middle of the outermost pixels at the top, left, bottom and right, (x, y) on their outer edges.

        Their box is the tight box. Raises ValueError for an empty mask.
        """
        tight = self.tight()
        (h, w), (x, y) = tight.crop.shape, tight.offset_xy
        if h == 0:
            raise ValueError("an empty mask has no extreme points")
        top, left, bottom, right = (
            float(cells[len(cells) // 2]) + 0.5
            for cells in map(np.flatnonzero, (tight.crop[0], tight.crop[:, 0], tight.crop[-1], tight.crop[:, -1]))
        )
        return ((x + top, float(y)), (float(x), y + left), (x + bottom, float(y + h)), (float(x + w), y + right))

    def iou(self, other: "Mask") -> float:
        """Intersection over union; two empty masks agree fully."""
        if self.size_hw != other.size_hw:
            raise ValueError(f"masks of images of {self.size_hw} and {other.size_hw} cannot be compared")
        inter = self.intersection(other)
        union = self.area + other.area - inter
        return inter / union if union else 1.0

    def intersection(self, other: "Mask") -> int:
        """Number of pixels that both cover."""
        a, b = self.xyxy, other.xyxy
        x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
        if x0 >= x1 or y0 >= y1:
            return 0
        ours = self.crop[y0 - a[1] : y1 - a[1], x0 - a[0] : x1 - a[0]]
        theirs = other.crop[y0 - b[1] : y1 - b[1], x0 - b[0] : x1 - b[0]]
        return int(np.count_nonzero(ours & theirs))

    def minus(self, others: Sequence["Mask"]) -> "Mask":
        """The pixels that none of `others` covers; only the common part of each two crops is read."""
        left = self.crop.copy() if others else self.crop
        (x, y), (x1, y1) = self.xyxy[:2], self.xyxy[2:]
        for other in others:
            a, b, c, d = other.xyxy
            columns, rows = (max(x, a), min(x1, c)), (max(y, b), min(y1, d))
            if columns[0] < columns[1] and rows[0] < rows[1]:
                ours = left[rows[0] - y : rows[1] - y, columns[0] - x : columns[1] - x]
                ours &= ~other.crop[rows[0] - b : rows[1] - b, columns[0] - a : columns[1] - a]
        return Mask(left, self.offset_xy, self.size_hw)

    def contains(self, x: float, y: float) -> bool:
        """Whether the pixel at a point of the image belongs to the mask."""
        x0, y0, x1, y1 = self.xyxy
        return x0 <= x < x1 and y0 <= y < y1 and bool(self.crop[int(y) - y0, int(x) - x0])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        if self is other:
            return True
        a, b = self.tight(), other.tight()
        return a.size_hw == b.size_hw and a.offset_xy == b.offset_xy and np.array_equal(a.crop, b.crop)

    def __hash__(self) -> int:
        tight = self.tight()
        return hash((tight.size_hw, tight.offset_xy, tight.crop.tobytes()))

"""The windows in which an image is read: one for an image of moderate size, overlapping ones for a large image.

Each point belongs to one window, the one whose inner part contains it; so nothing is answered twice at a seam.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from fewclicks.images.source import ImageSource, read_region
from fewclicks.methods.shared.points.reading import read_at

LONGEST = 1536  # input pixels of the longer side of what is read at once
SIDE = 1024  # input pixels of the inner part of a window of a larger image
MARGIN = 128  # input pixels around it


@dataclass(frozen=True, slots=True)
class ReadWindow:
    """inner: x0, y0, x1, y1 in image pixels, which windows share out without gaps; outer: what is read for it."""

    inner: tuple[float, float, float, float]
    outer: tuple[int, int, int, int]

    def owns(self, points_xy: Float64[np.ndarray, "N 2"]) -> Bool[np.ndarray, "N"]:
        """Return which points belong to this window."""
        return _within(points_xy, self.inner)

    def sees(self, points_xy: Float64[np.ndarray, "N 2"]) -> Bool[np.ndarray, "N"]:
        """Return which points lie in what is read."""
        x0, y0, x1, y1 = self.outer
        return np.logical_and.reduce((points_xy >= (x0, y0)) & (points_xy <= (x1, y1)), axis=1)

    def size_at(self, scale: float) -> tuple[int, int]:
        """Return the height and width of what is read at `scale`, in input pixels without padding."""
        x0, y0, x1, y1 = self.outer
        return (max(1, round((y1 - y0) * scale)), max(1, round((x1 - x0) * scale)))

    def read(self, image: ImageSource, scale: float) -> UInt8[np.ndarray, "h w 3"]:
        """Return the pixels at `scale`, padded for the network."""
        x0, y0, x1, y1 = self.outer
        shrink = max(1, int(1 / scale))
        pixels = read_region(image, self.outer, shrink)
        along = ((x1 - x0) * scale / pixels.shape[1], (y1 - y0) * scale / pixels.shape[0])
        return read_at(pixels, along)


def windows_of(size_hw: tuple[int, int], scale: float) -> tuple[ReadWindow, ...]:
    """Return the windows of an image of `size_hw` that is read at `scale`, row by row."""
    height, width = size_hw
    if max(size_hw) * scale <= LONGEST:
        return (ReadWindow((-np.inf, -np.inf, np.inf, np.inf), (0, 0, width, height)),)
    rows, columns = (_cuts(length, scale) for length in size_hw)
    return tuple(
        ReadWindow((x[0], y[0], x[1], y[1]), _around((x[0], y[0], x[1], y[1]), MARGIN / scale, size_hw))
        for y in rows
        for x in columns
    )


def _within(points_xy: Float64[np.ndarray, "N 2"], xyxy: Sequence[float]) -> Bool[np.ndarray, "N"]:
    x0, y0, x1, y1 = xyxy
    return np.logical_and.reduce((points_xy >= (x0, y0)) & (points_xy < (x1, y1)), axis=1)


def _cuts(length: int, scale: float) -> list[tuple[float, float]]:
    """Return parts of equal length, at most SIDE input pixels each; the outermost ones go on for ever."""
    count = int(np.ceil(length * scale / SIDE))
    edges = [-np.inf, *(length * number / count for number in range(1, count)), np.inf]
    return list(pairwise(edges))


def _around(
    xyxy: tuple[float, float, float, float], margin: float, size_hw: tuple[int, int]
) -> tuple[int, int, int, int]:
    low = [int(max(0.0, side - margin)) for side in xyxy[:2]]
    high = [
        int(min(float(most), np.ceil(side + margin))) if np.isfinite(side) else most
        for side, most in zip(xyxy[2:], size_hw[::-1], strict=True)
    ]
    return (low[0], low[1], high[0], high[1])

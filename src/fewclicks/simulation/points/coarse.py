"""Coarse points of a simulated person: anywhere on an object, more often near its middle (cpr, Eq. 11)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.special import ndtr, ndtri

from fewclicks.geometry.masks import Mask

SIGMA = 0.25  # standard deviation, in sides of the box
DRAWS = tuple(2**power for power in range(11))  # at once, until one is on the mask


def coarse_points(
    boxes_xyxy: Float64[np.ndarray, "N 4"],
    masks: Sequence[Mask] | None,
    size_hw: tuple[int, int],
    rng: np.random.Generator,
) -> Float64[np.ndarray, "N 2"]:
    """Return a random point on each object of an image of `size_hw`: x, y in pixels.

    Eq. 11: a Gaussian around the centre of the box, with a quarter of its sides as standard deviations, truncated to
    the mask. The part of the box in the image stands for a missing mask (`masks` is None) and for an empty one.
    Raises ValueError for a box outside the image.
    """
    boxes = _Gaussians.of(boxes_xyxy, size_hw)
    points = boxes.drawn(np.arange(len(boxes_xyxy)), 1, rng)[:, 0]
    pending = np.array([index for index, mask in enumerate(masks or ()) if mask.area], np.int64)
    if masks is None or not len(pending):
        return points
    pixels = _Pixels.of(masks)
    for count in DRAWS:
        draws = boxes.drawn(pending, count, rng)
        hits = pixels.contain(draws, pending)
        found = hits.any(1)
        points[pending[found]] = draws[found, hits[found].argmax(1)]
        pending = pending[~found]
    for index in pending:
        points[index] = _in_some_pixel(boxes.centres[index], boxes.sigmas[index], masks[index], rng)
    return points


@dataclass(frozen=True, eq=False)
class _Gaussians:
    """The Gaussians of N boxes, and their distribution functions at the borders of each box in the image."""

    centres: Float64[np.ndarray, "N 2"]
    sigmas: Float64[np.ndarray, "N 2"]
    low: Float64[np.ndarray, "N 2"]
    high: Float64[np.ndarray, "N 2"]

    @classmethod
    def of(cls, boxes_xyxy: Float64[np.ndarray, "N 4"], size_hw: tuple[int, int]) -> "_Gaussians":
        begin, end = np.maximum(boxes_xyxy[:, :2], 0), np.minimum(boxes_xyxy[:, 2:], size_hw[::-1])
        outside = (begin >= end).any(1)
        if outside.any():
            box = boxes_xyxy[outside][0].tolist()
            raise ValueError(f"the box {box} is outside the {size_hw[1]}x{size_hw[0]} image or has no area")
        centres, sigmas = (boxes_xyxy[:, :2] + boxes_xyxy[:, 2:]) / 2, SIGMA * (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2])
        return cls(centres, sigmas, ndtr((begin - centres) / sigmas), ndtr((end - centres) / sigmas))

    def drawn(
        self, chosen: Int64[np.ndarray, "K"], count: int, rng: np.random.Generator
    ) -> Float64[np.ndarray, "K count 2"]:
        """Return `count` points in the image in each of the chosen boxes."""
        low, high = self.low[chosen, None], self.high[chosen, None]
        shares = rng.uniform(low, high, (len(chosen), count, 2))
        return self.centres[chosen, None] + self.sigmas[chosen, None] * ndtri(shares)


@dataclass(frozen=True, eq=False)
class _Pixels:
    """The crops of N masks in one flat array: where each begins, its size, and its place in the image."""

    flat: Bool[np.ndarray, "P"]
    starts: Int64[np.ndarray, "N"]
    sizes_wh: Int64[np.ndarray, "N 2"]
    offsets_xy: Int64[np.ndarray, "N 2"]

    @classmethod
    def of(cls, masks: Sequence[Mask]) -> "_Pixels":
        ends = np.cumsum([mask.crop.size for mask in masks])
        sizes = np.array([mask.crop.shape[::-1] for mask in masks], np.int64)
        offsets = np.array([mask.offset_xy for mask in masks], np.int64)
        return cls(np.concatenate([mask.crop.ravel() for mask in masks]), np.append(0, ends[:-1]), sizes, offsets)

    def contain(self, points: Float64[np.ndarray, "K D 2"], chosen: Int64[np.ndarray, "K"]) -> Bool[np.ndarray, "K D"]:
        """Return which points are on the mask `chosen` for their row."""
        sizes = self.sizes_wh[chosen, None]
        places = np.floor(points).astype(np.int64) - self.offsets_xy[chosen, None]
        near = np.all((places >= 0) & (places < sizes), axis=2)
        index = self.starts[chosen, None] + places[..., 1] * sizes[..., 0] + places[..., 0]
        return near & self.flat[np.where(near, index, 0)]


def _in_some_pixel(
    centre: Float64[np.ndarray, "2"], sigmas: Float64[np.ndarray, "2"], mask: Mask, rng: np.random.Generator
) -> Float64[np.ndarray, "2"]:
    """Return a point in a pixel of a mask that draws miss, such as a diagonal line: by the Gaussian at its middle."""
    pixels_xy = np.argwhere(mask.crop)[:, ::-1] + mask.offset_xy
    away = (((pixels_xy + 0.5 - centre) / sigmas) ** 2).sum(1) / 2
    weights = np.exp(away.min() - away)
    return pixels_xy[rng.choice(len(pixels_xy), p=weights / weights.sum())] + rng.random(2)

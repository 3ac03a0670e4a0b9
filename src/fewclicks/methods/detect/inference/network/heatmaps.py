"""Clicks as the network reads them: one heatmap for each class (c3det, Sec. 4.1.2)."""

import numpy as np
from jaxtyping import Float, Float32, Int

VISIBLE = 3.5  # standard deviations within which a Gaussian is drawn


def heatmaps(
    points_xy: Float[np.ndarray, "K 2"],
    channels: Int[np.ndarray, "K"],
    count: int,
    size_hw: tuple[int, int],
    stride: int,
    sigma: float,
) -> Float32[np.ndarray, "C h w"]:
    """Return one map for each class over the input of `size_hw`: the maximum of Gaussians of height 1 at its clicks.

    Maps are at `stride` and hold the value at the centre of each cell. A Gaussian is at least half a stride wide, so
    that its highest cell has at least 0.37, wherever the click lies in the cell.
    """
    maps = np.zeros((count, size_hw[0] // stride, size_hw[1] // stride), np.float32)
    width = max(sigma / stride, 0.5)
    reach = int(np.ceil(VISIBLE * width))
    for (x, y), channel in zip(points_xy / stride - 0.5, channels, strict=True):
        left, top = max(round(x) - reach, 0), max(round(y) - reach, 0)
        part = maps[channel, top : max(round(y) + reach + 1, 0), left : max(round(x) + reach + 1, 0)]
        across = np.exp(-((np.arange(part.shape[1]) + left - x) ** 2) / (2 * width**2))
        down = np.exp(-((np.arange(part.shape[0]) + top - y) ** 2) / (2 * width**2))
        np.maximum(part, np.outer(down, across), out=part, casting="same_kind")
    return maps

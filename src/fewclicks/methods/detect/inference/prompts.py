"""Clicks as a network gets them: checked, in pixels of its input, and drawn as heatmaps (c3det, Sec. 4.1.2)."""

from collections.abc import Collection, Sequence

import numpy as np
from jaxtyping import Float, Float32, Int

from fewclicks.errors import InputError
from fewclicks.prompts import ClassClick

VISIBLE = 3.5  # standard deviations within which a Gaussian is drawn


def check_clicks(clicks: Sequence[ClassClick], size_hw: tuple[int, int], known: Collection[int] | None) -> None:
    """Raise InputError for a click outside the image, or of a class that is none of those `known`."""
    height, width = size_hw
    for click in clicks:
        if not (0 <= click.x <= width and 0 <= click.y <= height):  # NaN is nowhere
            raise InputError(f"the click at ({click.x:g}, {click.y:g}) is outside the {width}x{height} image")
        if known is not None and click.class_id not in known:
            ids = ", ".join(map(str, sorted(known)))
            raise InputError(f"the model does not know the class {click.class_id}, its classes are {ids}")


def points(clicks: Sequence[ClassClick], scale: float = 1.0) -> Float[np.ndarray, "K 2"]:
    """Where the clicks are in an image of that scale."""
    return np.array([(click.x, click.y) for click in clicks], float).reshape(-1, 2) * scale


def heatmaps(
    points_xy: Float[np.ndarray, "K 2"],
    channels: Int[np.ndarray, "K"],
    count: int,
    size_hw: tuple[int, int],
    stride: int,
    sigma: float,
) -> Float32[np.ndarray, "C h w"]:
    """One map a class over the input of `size_hw`: Gaussians of height 1 at its clicks, their maximum where they meet.

    Maps are at `stride` and take the value at the centre of a cell. So that no click falls between the cells, a
    Gaussian is never narrower than half a stride: its highest cell has 0.37 at least, and its neighbours say where
    in the cell the click is.
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

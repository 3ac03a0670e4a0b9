"""Regions of interest between the two stages of a detector: squares around proposals, so that no aspect is lost."""

import numpy as np
from jaxtyping import Float32, Float64

from fewclicks.geometry.oriented import enclosing
from fewclicks.methods.detect.inference.network.cells import level_of
from fewclicks.methods.detect.inference.network.design import STRIDES

CONTEXT = 1.25  # side of a region over the longer side of its proposal


def squares(boxes: Float64[np.ndarray, "N 5"]) -> Float64[np.ndarray, "N 3"]:
    """The regions of boxes: x, y of the centre and the side, which is also what the second stage's boxes relate to."""
    around = enclosing(boxes)
    sides = np.maximum((around[:, 2:] - around[:, :2]).max(1, initial=0), 1)
    return np.concatenate([boxes[:, :2], sides[:, None] * CONTEXT], axis=1)


def rows(regions: Float64[np.ndarray, "N 3"], image: int) -> Float32[np.ndarray, "N 5"]:
    """Regions as the network takes them: the image, x0, y0, x1, y1."""
    half = regions[:, 2:] / 2
    corners = [np.full((len(regions), 1), image), regions[:, :2] - half, regions[:, :2] + half]
    return np.concatenate(corners, axis=1).astype(np.float32)


def on_level(regions: Float64[np.ndarray, "N 3"]) -> Float32[np.ndarray, "N L"]:
    """1 at the level on which each region is pooled."""
    sides = regions[:, 2] / CONTEXT
    levels = level_of(np.stack([regions[:, 0], regions[:, 1], sides, sides, np.zeros(len(sides))], axis=1))
    return np.eye(len(STRIDES), dtype=np.float32)[levels]

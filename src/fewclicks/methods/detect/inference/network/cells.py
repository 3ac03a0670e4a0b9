"""The cells of a pyramid's feature maps, level after level, and which of them are to predict which object."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fewclicks.geometry.oriented import area
from fewclicks.methods.detect.inference.network.box_coding import CELL
from fewclicks.methods.detect.inference.network.design import STRIDES

REACH = 1.5  # strides that a cell may be from the centre of its object
NOTHING = -1


def level_sizes(size_hw: tuple[int, int]) -> list[tuple[int, int]]:
    """Height and width of every level for an input of `size_hw`, whole multiples of the last stride."""
    return [(size_hw[0] // stride, size_hw[1] // stride) for stride in STRIDES]


@lru_cache(maxsize=4)
def references(size_hw: tuple[int, int]) -> Float64[np.ndarray, "M 3"]:
    """Of every cell, row after row and level after level: x, y of its centre and the length that boxes relate to.

    Shared by all who ask: not to be written to.
    """
    levels = []
    for stride, (rows, columns) in zip(STRIDES, level_sizes(size_hw), strict=True):
        y, x = np.mgrid[:rows, :columns] * stride + stride / 2
        levels.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, CELL * stride)], axis=1))
    cells = np.concatenate(levels)
    cells.flags.writeable = False
    return cells


def level_of(boxes: Float64[np.ndarray, "N 5"]) -> Int64[np.ndarray, "N"]:
    """The level whose boxes' length is nearest to the object's, by the square root of its area."""
    lengths = np.log2(np.sqrt(area(boxes)) / (CELL * STRIDES[0]))
    return np.clip(np.rint(lengths), 0, len(STRIDES) - 1).astype(np.int64)


def assign(boxes: Float64[np.ndarray, "N 5"], cells: Float64[np.ndarray, "M 3"]) -> Int64[np.ndarray, "M"]:
    """For every cell the index of the object that it is to predict, or `NOTHING`.

    A cell of the object's level predicts it when it lies in the box and within `REACH` strides of the centre; the
    nearest cell always does, so that the smallest objects have one. Where objects meet, the nearer centre counts.
    """
    found = np.full(len(cells), NOTHING)
    if len(boxes) == 0:
        return found
    lengths = CELL * np.array(STRIDES)[level_of(boxes)]
    own = cells[None, :, 2] == lengths[:, None]
    distance = np.where(own, np.abs(cells[None, :, :2] - boxes[:, None, :2]).max(2) / lengths[:, None] * CELL, np.inf)
    claims = (distance <= REACH) & inside(boxes, cells)
    claims[np.arange(len(boxes)), distance.argmin(1)] = True
    cost = np.where(claims, distance, np.inf)
    best = cost.argmin(0)
    taken = np.isfinite(cost[best, np.arange(len(cells))])
    found[taken] = best[taken]
    return found


def inside(boxes: Float64[np.ndarray, "N 5"], cells: Float64[np.ndarray, "M 3"]) -> Bool[np.ndarray, "N M"]:
    """Whether the centre of a cell lies in a box."""
    offset = cells[None, :, :2] - boxes[:, None, :2]
    cos, sin = np.cos(boxes[:, 4:]), np.sin(boxes[:, 4:])
    along, across = offset[..., 0] * cos + offset[..., 1] * sin, offset[..., 1] * cos - offset[..., 0] * sin
    return (np.abs(along) <= boxes[:, 2:3] / 2) & (np.abs(across) <= boxes[:, 3:4] / 2)


def split_levels(flat: np.ndarray, size_hw: tuple[int, int]) -> Sequence[np.ndarray]:
    """[..., M] over all cells as one [..., rows, columns] for each level."""
    sizes = level_sizes(size_hw)
    ends = np.cumsum([rows * columns for rows, columns in sizes])[:-1]
    parts = np.split(flat, ends, axis=-1)
    return [part.reshape(*flat.shape[:-1], *size) for part, size in zip(parts, sizes, strict=True)]

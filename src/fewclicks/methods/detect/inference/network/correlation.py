"""The class-wise collated correlation of clicks with an image at run time (c3det, Sec. 4.1.3), in numpy.

c3.py has the same in torch, and a test that both agree.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Float32

from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES, Collation, Correlation

Levels = Sequence[Float32[np.ndarray, "_ _ _"]]
Templates = Mapping[int, Float32[np.ndarray, "_ _"]]
"""By class id, [K, D]: a row for each object of that class that was clicked (c3det, Eq. 1), here or in other images."""

SHORTEST = 1e-6  # length that a feature is divided by at least


def sampled(levels: Levels, points_xy: Float[np.ndarray, "K 2"]) -> Float32[np.ndarray, "K T"]:
    """Templates of points in pixels of the input, the levels side by side (Eq. 1).

    A click's heatmap that is resized to a level and sums to 1 weighs the cells around it as linear interpolation
    does; beyond the centres of the outermost cells the nearest ones count.
    """
    columns = []
    for stride, level in zip(STRIDES, levels, strict=True):
        limit = np.array([level.shape[2], level.shape[1]]) - 1
        place = np.clip(points_xy / stride - 0.5, 0, limit)
        low = np.minimum(np.floor(place).astype(int), np.maximum(limit - 1, 0))
        high = np.minimum(low + 1, limit)
        right, below = (place - low).T.astype(np.float32)
        top = level[:, low[:, 1], low[:, 0]] * (1 - right) + level[:, low[:, 1], high[:, 0]] * right
        bottom = level[:, high[:, 1], low[:, 0]] * (1 - right) + level[:, high[:, 1], high[:, 0]] * right
        columns.append((top * (1 - below) + bottom * below).T)
    return np.concatenate(columns, axis=1)


def correlated(levels: Levels, templates: Float32[np.ndarray, "K T"], kind: Correlation) -> Float32[np.ndarray, "K M"]:
    """The correlation maps of templates over all cells, level after level (Eq. 2).

    `dot` divides by the square root of the number of channels, `cosine` by the lengths of both.
    """
    maps = []
    for number, level in enumerate(levels):
        own = np.ascontiguousarray(templates[:, number * CHANNELS : (number + 1) * CHANNELS])
        cells = level.reshape(CHANNELS, -1)
        found = np.array([row @ cells for row in own])  # each by itself: a product of all would round differently
        if kind == "cosine":
            lengths = np.outer(np.linalg.norm(own, axis=1), np.linalg.norm(cells, axis=0))
            maps.append(found / np.maximum(lengths, SHORTEST))
        else:
            maps.append(found / np.float32(CHANNELS**0.5))
    return np.concatenate(maps, axis=1).astype(np.float32)


def collated(
    levels: Levels, rows: Templates, kind: Correlation, collation: Collation
) -> dict[int, Float32[np.ndarray, "M"]]:
    """By class, the maximum of the correlation maps of its templates (Eq. 3), or the map of their mean."""
    if collation == "before":
        rows = {class_id: templates.mean(0, keepdims=True) for class_id, templates in rows.items()}
    return {class_id: correlated(levels, templates, kind).max(0) for class_id, templates in rows.items()}


def by_class(rows: Float32[np.ndarray, "K T"], class_ids: Sequence[int]) -> Templates:
    """Return the rows by class, in order."""
    classes = np.array(class_ids, int)
    return {int(class_id): rows[classes == class_id] for class_id in np.unique(classes)}


def joined(first: Templates, second: Templates) -> Templates:
    """All rows of both."""
    both = {}
    for class_id in sorted({*first, *second}):
        both[class_id] = np.concatenate([rows[class_id] for rows in (first, second) if class_id in rows])
    return both


def maximum(
    first: Mapping[int, Float32[np.ndarray, "M"]], second: Mapping[int, Float32[np.ndarray, "M"]]
) -> dict[int, Float32[np.ndarray, "M"]]:
    """By class, the maximum of two collated maps."""
    both = dict(first)
    for class_id, found in second.items():
        both[class_id] = np.maximum(both[class_id], found) if class_id in both else found
    return both

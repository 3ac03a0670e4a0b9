"""Scores of classes without training: a linear discriminant per image and class, from the annotated points alone.

Not in the paper. Features at the points of a class are regressed on 1, those at grid points far from all of them on 0
(ridge regression, in closed form). The points themselves say what to look for, so any class works at once. The features
were trained through this regression, on other classes (training/prior).
"""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fewclicks.methods.locate.inference.bags import sampled
from fewclicks.methods.shared.points.neighbours import Neighbours

PENALTY = 1.0  # of the squared weights, for features of unit variance
FAR = 5.0  # cells: grid points farther than this from every point of the class are its background
MOST_CELLS = 8_000  # of a map that take part
LEAST_BACKGROUND = 16  # with fewer, the farther half of the map is the background


def class_scores(
    features: Float32[np.ndarray, "D h w"],
    points_xy: Float64[np.ndarray, "N 2"],
    channels: Int64[np.ndarray, "N"],
    count: int,
) -> Float32[np.ndarray, "K h w"]:
    """Return the score, 0..1, of `count` classes at each cell; points in cells, each of the class in `channels`.

    A class without points scores 0 everywhere.
    """
    size = (features.shape[1], features.shape[2])
    flat = features.reshape(len(features), -1)
    some = flat[:, _thinned(np.arange(flat.shape[1]))].T
    mean, spread = some.mean(0), some.std(0) + 1e-6
    scores = np.zeros((count, *size), np.float32)
    for channel in np.unique(channels).tolist():
        own = points_xy[channels == channel]
        background = flat[:, background_cells(own, size)].T
        weights = discriminant((sampled(features, own).T - mean) / spread, (background - mean) / spread)
        of_feature = weights[:-1] / spread  # standardises the features on the way
        scores[channel] = np.clip(of_feature @ flat + (weights[-1] - of_feature @ mean), 0, 1).reshape(size)
    return scores


def cell_centres(size_hw: tuple[int, int]) -> Float64[np.ndarray, "C 2"]:
    """Return x, y of the centres of all cells of a map, row by row."""
    ys, xs = np.mgrid[: size_hw[0], : size_hw[1]]
    return np.stack([xs.ravel(), ys.ravel()], axis=1) + 0.5


def _thinned(cells: Int64[np.ndarray, "M"]) -> Int64[np.ndarray, "m"]:
    """Return at most MOST_CELLS of the cells, evenly chosen."""
    return cells[:: -(-len(cells) // MOST_CELLS)]


def background_cells(points_xy: Float64[np.ndarray, "N 2"], size_hw: tuple[int, int]) -> Int64[np.ndarray, "B"]:
    """Return the numbers of at most MOST_CELLS cells far from all points, evenly chosen; points in cells."""
    far = np.flatnonzero(~_near(points_xy, size_hw))
    if len(far) < LEAST_BACKGROUND:
        distance = Neighbours(points_xy).nearest(cell_centres(size_hw))[0]
        far = np.flatnonzero(distance >= np.median(distance))
    return _thinned(far)


def _near(points_xy: Float64[np.ndarray, "N 2"], size_hw: tuple[int, int]) -> Bool[np.ndarray, "C"]:
    """Return whether each cell has its centre within FAR of a point, row by row."""
    aside = np.arange(-np.ceil(FAR), np.ceil(FAR) + 1)
    cells = np.floor(points_xy)[:, None] + np.stack(np.meshgrid(aside, aside), axis=-1).reshape(-1, 2)
    is_near = np.hypot(*np.moveaxis(cells + 0.5 - points_xy[:, None], 2, 0)) < FAR
    columns, rows = cells[is_near].astype(np.int64).T
    is_inside = (columns >= 0) & (columns < size_hw[1]) & (rows >= 0) & (rows < size_hw[0])
    near = np.zeros(size_hw, bool)
    near[rows[is_inside], columns[is_inside]] = True
    return near.ravel()


def discriminant(
    objects: Float32[np.ndarray, "N D"], background: Float32[np.ndarray, "B D"]
) -> Float32[np.ndarray, "D+1"]:
    """Return weights and bias of the ridge regression in which both sides count the same."""
    rows = np.concatenate([objects, background])
    rows = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
    shares = np.repeat([0.5 / len(objects), 0.5 / len(background)], [len(objects), len(background)])
    weighted = rows * shares[:, None].astype(np.float32)
    penalty = PENALTY * np.eye(rows.shape[1])
    penalty[-1, -1] = 0
    weights = np.linalg.solve(rows.T @ weighted + penalty, weighted[: len(objects)].sum(0))
    return weights.astype(np.float32)

"""The closed form of inference/closed_form.py in torch, so that gradients reach the features."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from scipy.spatial import cKDTree
from torch import Tensor
from torch.nn.functional import grid_sample

from fewclicks.methods.locate.inference.closed_form import FAR, LEAST_BACKGROUND, PENALTY

MOST_BACKGROUND = 2_000  # cells that take part


def background_cells(
    tree: cKDTree, cells: Float[np.ndarray, "C 2"], shown: Bool[np.ndarray, "C"]
) -> Int64[np.ndarray, "B"]:
    """Return the numbers of at most MOST_BACKGROUND cells that show the image far from the points of `tree`."""
    distance = tree.query(cells)[0]
    far = np.flatnonzero(shown & (distance > FAR))
    if len(far) < LEAST_BACKGROUND:
        far = np.flatnonzero(shown & (distance >= np.median(distance[shown])))
    return far[:: -(-len(far) // MOST_BACKGROUND)]


def class_map(
    features: Float[Tensor, "D h w"],
    points: Float[Tensor, "N 2"],
    background: Int64[Tensor, "B"],
    shown: Bool[Tensor, "C"],
) -> Float[Tensor, "h w"]:
    """Return the score of the class of `points` at each cell, before it is clipped to 0..1; points in cells.

    Features are standardised over the cells that are `shown`, as in `class_scores`.
    """
    flat = features.flatten(1)
    mean, spread = flat[:, shown].mean(1, keepdim=True), flat[:, shown].std(1, correction=0, keepdim=True) + 1e-6
    flat = (flat - mean) / spread
    weights = _discriminant((at(features, points) - mean) / spread, flat[:, background])
    return (weights[:-1] @ flat + weights[-1]).reshape(features.shape[1:])


def _discriminant(objects: Float[Tensor, "D N"], background: Float[Tensor, "D B"]) -> Float[Tensor, "D+1"]:
    rows = torch.cat([objects, background], 1).T
    rows = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)
    counts = objects.shape[1], background.shape[1]
    weighted = rows * torch.cat([rows.new_full((count, 1), 0.5 / count) for count in counts])
    penalty = PENALTY * torch.eye(rows.shape[1], device=rows.device)
    penalty[-1, -1] = 0
    return torch.linalg.solve(rows.T @ weighted + penalty, weighted[: counts[0]].sum(0))


def at(maps: Float[Tensor, "D h w"], points: Float[Tensor, "*N 2"]) -> Float[Tensor, "D *N"]:
    """Return the values of `maps` at points in cells, interpolated bilinearly (bags.py)."""
    size = points.new_tensor(maps.shape[:0:-1])
    grid = (points / size * 2 - 1).reshape(1, 1, -1, 2)
    values = grid_sample(maps[None], grid, align_corners=False, padding_mode="border")
    return values.reshape(len(maps), *points.shape[:-1])

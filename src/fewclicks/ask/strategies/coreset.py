"""Greedy coreset selection (box-active-learning, Sec. 3.3; Sener and Savarese 2018, Algorithm 1).

Each pick is the candidate that is farthest from everything picked or known before, by the L2 distance of features.
"""

import numpy as np
from jaxtyping import Float32, Int64

from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy
from fewclicks.errors import InputError

KNOWN_AT_ONCE = 64  # known features whose distances are in memory at the same time


def farthest(
    features: Float32[np.ndarray, "N D"], known: Float32[np.ndarray, "M D"], count: int
) -> Int64[np.ndarray, "K"]:
    """Return the indices of at most `count` rows of `features`, farthest first.

    Without `known`, the first pick is the row that is farthest from the mean. Needs memory for some vectors of length
    N beside the features, and time for N D products a pick.
    """
    count, picked = min(count, len(features)), list[int]()
    if not count:
        return np.zeros(0, np.int64)
    squares = np.einsum("nd,nd->n", features, features)
    if not len(known):
        picked = [int(_distances(features, squares, features.mean(0, keepdims=True)).argmax())]
        known = features[picked]
    nearest = _nearest(features, squares, known)
    nearest[picked] = -np.inf
    while len(picked) < count:
        picked.append(int(nearest.argmax()))
        np.minimum(nearest, _distances(features, squares, features[picked[-1:]])[:, 0], out=nearest)
        nearest[picked[-1]] = -np.inf
    return np.array(picked, np.int64)


def _distances(
    features: Float32[np.ndarray, "N D"], squares: Float32[np.ndarray, "N"], others: Float32[np.ndarray, "M D"]
) -> Float32[np.ndarray, "N M"]:
    """Return the squared L2 distances of rows whose own squared lengths are `squares`."""
    found: Float32[np.ndarray, "N M"] = features @ others.T
    found *= -2
    found += squares[:, None]
    found += np.einsum("md,md->m", others, others)
    return found


def _nearest(
    features: Float32[np.ndarray, "N D"], squares: Float32[np.ndarray, "N"], known: Float32[np.ndarray, "M D"]
) -> Float32[np.ndarray, "N"]:
    """Return the squared distance of each row to the nearest of `known`."""
    nearest = np.full(len(features), np.inf, np.float32)
    for start in range(0, len(known), KNOWN_AT_ONCE):
        distances = _distances(features, squares, known[start : start + KNOWN_AT_ONCE])
        np.minimum(nearest, distances.min(1), out=nearest)
    return nearest


def _boxes(query: BoxQuery) -> Int64[np.ndarray, "K"]:
    """Raises InputError for a pool without features."""
    if len(query.pool) and not query.pool.features.shape[1]:
        raise InputError("the strategy coreset needs features of boxes, but this model has none; use another strategy")
    return farthest(query.pool.features, query.known, query.count)


def _images(query: ImageQuery) -> Int64[np.ndarray, "K"]:
    return farthest(query.features, query.known, query.count)


CORESET = Strategy(
    "coreset", "Boxes or images whose features differ most from those known.", _boxes, _images, needs_features=True
)

"""Greedy non-maximum suppression, whatever the boxes are."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float64, Int

Indices = Int[np.ndarray, "K"]
Pairs = Iterable[tuple[Indices, Indices, Float64[np.ndarray, "K"]]]


def suppressed(scores: Float64[np.ndarray, "N"], iou: float, pairs: Pairs) -> Int[np.ndarray, "kept"]:
    """The indices that stay, best score first, the earlier of equal ones first.

    `pairs` are boxes that compete, in both orders, with their intersection over union. Whatever overlaps a better one
    by more than `iou` goes.
    """
    order = np.argsort(-scores, kind="stable")
    rank = np.empty(len(scores), np.int64)
    rank[order] = np.arange(len(scores))
    rivals = [np.zeros((0, 2), np.int64)]
    for i, j, overlap in pairs:
        covers = (overlap > iou) & (rank[i] < rank[j])
        rivals.append(np.stack([rank[i[covers]], rank[j[covers]]], axis=1))
    found = np.concatenate(rivals)
    stays = np.ones(len(scores), bool)
    for better, worse in found[np.argsort(found[:, 0], kind="stable")].tolist():
        if stays[better]:  # all that could cover it came before
            stays[worse] = False
    return order[stays]

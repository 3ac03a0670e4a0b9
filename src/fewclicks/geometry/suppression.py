"""Greedy non-maximum suppression, and the vote of what it takes for the same, whatever the boxes are."""

from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Float64, Int

Indices = Int[np.ndarray, "K"]


def suppressed(
    scores: Float64[np.ndarray, "N"],
    iou: float,
    pairs: Iterable[tuple[Indices, Indices]],
    overlap: Callable[[Indices, Indices], Float64[np.ndarray, "K"]],
) -> Int[np.ndarray, "kept"]:
    """The indices that stay, best score first, the earlier of equal ones first.

    `pairs` are boxes that compete, in both orders. Whatever overlaps a better one by more than `iou` goes; `overlap` is
    asked about a better box and a worse one.
    """
    order = np.argsort(-scores, kind="stable")
    rank = np.empty(len(scores), np.int64)
    rank[order] = np.arange(len(scores))
    rivals = [np.zeros((0, 2), np.int64)]
    for i, j in pairs:
        is_better = rank[i] < rank[j]
        better, worse = i[is_better], j[is_better]
        covers = overlap(better, worse) > iou
        rivals.append(np.stack([rank[better[covers]], rank[worse[covers]]], axis=1))
    found = np.concatenate(rivals)
    stays = np.ones(len(scores), bool)
    for best, other in found[np.argsort(found[:, 0], kind="stable")].tolist():
        if stays[best]:  # all that could cover it came before
            stays[other] = False
    return order[stays]


def voted(
    boxes: Float64[np.ndarray, "N V"],
    scores: Float64[np.ndarray, "N"],
    kept: Int[np.ndarray, "kept"],
    iou: float,
    pairs: Iterable[tuple[Indices, Indices]],
    overlap: Callable[[Indices, Indices], Float64[np.ndarray, "K"]],
    seen: Callable[[Indices, Indices], Float64[np.ndarray, "K V"]],
) -> Float64[np.ndarray, "kept V"]:
    """What suppression kept, each box as the mean of all that it overlaps by more than `iou`, weighted by their scores.

    `pairs` are an index into `kept` and one into `boxes`; `overlap` and `seen` are asked about a kept box and another,
    `seen` for the other's values, to be averaged (S. Gidaris, N. Komodakis: Object detection via a multi-region &
    semantic segmentation-aware CNN model, 2015).
    """
    sums, weights = np.zeros((len(kept), boxes.shape[1])), np.zeros(len(kept))
    for which, j in pairs:
        votes = overlap(kept[which], j) > iou
        which, j = which[votes], j[votes]
        np.add.at(sums, which, seen(kept[which], j) * scores[j, None])
        np.add.at(weights, which, scores[j])
    return np.divide(sums, weights[:, None], out=boxes[kept], where=weights[:, None] > 0)

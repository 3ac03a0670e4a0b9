"""Greedy non-maximum suppression, whatever the boxes are."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64, Int

Overlaps = Callable[[int, Int[np.ndarray, "M"]], Float64[np.ndarray, "M"]]


def suppressed(
    scores: Float64[np.ndarray, "N"], iou: float, classes: Int[np.ndarray, "N"] | None, overlaps: Overlaps
) -> Int[np.ndarray, "kept"]:
    """The indices that stay, best score first, the earlier of equal ones first.

    `overlaps` gives the intersection over union of one with others. Whatever overlaps a better one of its class
    by more than `iou` goes; without `classes` all are of one.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while waiting.size:
        best, waiting = int(waiting[0]), waiting[1:]
        kept.append(best)
        covered = overlaps(best, waiting) > iou
        if classes is not None:
            covered &= classes[waiting] == classes[best]
        waiting = waiting[~covered]
    return np.array(kept, np.int64)

"""Questions in turn per predicted class: a class with few boxes is asked about as often as one with many."""

import numpy as np
from jaxtyping import Int64


def in_turn(order: Int64[np.ndarray, "K"], class_ids: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "K"]:
    """Return the same picks so that classes alternate; within a class the order stays.

    order: indices of boxes. class_ids: the predicted class of each box of the pool. The class of the first pick begins.
    """
    own = class_ids[order]
    turns = np.zeros(len(order), np.int64)
    for class_id in np.unique(own):
        turns[own == class_id] = np.arange((own == class_id).sum())
    return order[np.argsort(turns, kind="stable")]

"""The paper's measure: IoU averaged over all object and stuff regions (Sec. 5.2)."""

import numpy as np
from jaxtyping import Float, Int


def region_ious(predicted: Int[np.ndarray, "H W"], truth: Int[np.ndarray, "H W"]) -> Float[np.ndarray, "N"]:
    """Return the IoU of each region 1, 2, ... N of `truth` with the region of the same number in `predicted`.

    Void pixels (0 in `truth`) are ignored; NaN for a number that no pixel of `truth` has.
    """
    count = int(max(predicted.max(), truth.max())) + 1
    known = truth > 0
    pairs = truth[known].astype(np.int64) * count + predicted[known]
    both = np.bincount(pairs, minlength=count * count).reshape(count, count)
    hit, union = np.diag(both), both.sum(0) + both.sum(1) - np.diag(both)
    ious = np.divide(hit, union, out=np.full(count, np.nan), where=both.sum(1) > 0)
    return ious[1 : int(truth.max()) + 1]

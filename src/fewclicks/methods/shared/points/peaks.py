"""Points from maps of scores: local maxima, apart from each other (point NMS)."""

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from fewclicks.methods.shared.points.neighbours import Neighbours

SMOOTHING = 1.0  # cells (standard deviation)
NEIGHBOURHOOD = 3  # cells of a side, in which a maximum is the highest


def peaks(
    scores: Float[np.ndarray, "h w"], lowest: float
) -> tuple[Float64[np.ndarray, "N 2"], Float64[np.ndarray, "N"]]:
    """Return the local maxima of a smoothed map above `lowest`: x, y in cells, and the smoothed score there."""
    from scipy.ndimage import gaussian_filter, maximum_filter  # slow to import, and a start opens all models

    smooth = gaussian_filter(scores, SMOOTHING, mode="nearest")
    top: Bool[np.ndarray, "h w"] = (smooth >= maximum_filter(smooth, NEIGHBOURHOOD, mode="nearest")) & (smooth > lowest)
    rows, columns = np.nonzero(top)
    return np.stack([columns, rows], axis=1) + 0.5, smooth[rows, columns].astype(np.float64)


def point_nms(
    points_xy: Float64[np.ndarray, "N 2"],
    scores: Float64[np.ndarray, "N"],
    separation: float,
    taken: Float64[np.ndarray, "M 2"] | None = None,
) -> Int64[np.ndarray, "K"]:
    """Return the numbers of points that stay, highest score first: none within `separation` of a better one.

    Points within `separation` of a point of `taken` are dropped, too. Of equal scores the first one stays.
    """
    if not len(points_xy):
        return np.zeros(0, np.int64)
    dropped = np.zeros(len(points_xy), bool)
    if taken is not None and len(taken):
        dropped |= Neighbours(taken).nearest(points_xy)[0] < separation
    points, kept = Neighbours(points_xy), []
    for number in np.argsort(-scores, kind="stable").tolist():
        if dropped[number]:
            continue
        kept.append(number)
        near = [other for other in points.around(points_xy[number], separation) if other != number]
        dropped[near] |= np.hypot(*(points_xy[near] - points_xy[number]).T) < separation
    return np.array(kept, np.int64)

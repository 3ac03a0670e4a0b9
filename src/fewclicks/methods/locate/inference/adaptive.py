"""An R for each object, and a second pass of refinement (after ideas of CPR++, arXiv 2401.17203).

The first pass moves a point towards its object. The scores around the moved point tell how far the object reaches: R is
the first circle, beyond that of the highest mean score, where the mean falls below a share of it. The second pass
refines from the moved point with this R.
"""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fewclicks.methods.locate.inference.bags import circles, radii, sampled
from fewclicks.methods.locate.inference.refinement import Bags, Constraints, refined

FALL = 0.7  # of the highest mean score, below which a circle is beyond the object
SMALLEST, LARGEST = 2, 20  # R, in cells


def refined_twice(
    scores: Float32[np.ndarray, "K h w"],
    points_xy: Float64[np.ndarray, "N 2"],
    channels: Int64[np.ndarray, "N"],
    constraints: Constraints,
) -> tuple[Float64[np.ndarray, "N 2"], Int64[np.ndarray, "N"]]:
    """Return the semantic centre of each annotated point after the second pass, and the R of its object in cells.

    See `refined`, which is the first pass.
    """
    moved = refined(scores, points_xy, channels, constraints)
    bags = Bags(moved, object_reaches(scores, moved, channels))
    return refined(scores, points_xy, channels, constraints, bags), bags.reaches


def object_reaches(
    scores: Float32[np.ndarray, "K h w"], middles_xy: Float64[np.ndarray, "N 2"], channels: Int64[np.ndarray, "N"]
) -> Int64[np.ndarray, "N"]:
    """Return the R of each object, SMALLEST to LARGEST cells, from the scores of its class around `middles_xy`."""
    reaches = np.full(len(middles_xy), LARGEST, np.int64)
    for channel in np.unique(channels).tolist():
        own = np.flatnonzero(channels == channel)
        means = _mean_by_circle(scores[channel : channel + 1], middles_xy[own])
        highest = means.argmax(1)
        is_beyond = (means < FALL * means.max(1, keepdims=True)) & (np.arange(LARGEST + 1) > highest[:, None])
        reaches[own] = np.where(is_beyond.any(1), is_beyond.argmax(1), LARGEST)
    return np.maximum(reaches, SMALLEST)


def _mean_by_circle(
    own_map: Float32[np.ndarray, "1 h w"], middles_xy: Float64[np.ndarray, "N 2"]
) -> Float64[np.ndarray, "N C"]:
    """Return the mean score at each middle, and on each circle around it, inside the map; 0 outside."""
    around = np.concatenate([np.zeros((1, 2)), circles(LARGEST)])
    places_xy = middles_xy[:, None] + around
    size_xy = np.array(own_map.shape[:0:-1])
    is_inside: Bool[np.ndarray, "N P"] = ((places_xy >= 0) & (places_xy <= size_xy)).all(2)
    is_on_circle = np.arange(LARGEST + 1) == radii(around)[:, None]
    sums = (sampled(own_map, places_xy)[0] * is_inside) @ is_on_circle.astype(np.float64)
    return sums / np.maximum(is_inside @ is_on_circle.astype(np.int64), 1)

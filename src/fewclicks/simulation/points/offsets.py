"""How far points are from the centres of their objects, before and after refinement (cpr, Eq. 13).

Each function takes one point for each object: points [N, 2] in pixels, and the ground truth of N objects of any images.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from jaxtyping import Float64

from fewclicks.simulation.points.truth import PointTruth

NOTICEABLE = 0.05  # object sizes: a point that moved away by less did not become worse
SIZES = (0.0, 10.0, 20.0, 40.0, 80.0, np.inf)  # pixels


def relative_positions(points_xy: Float64[np.ndarray, "N 2"], truth: PointTruth) -> Float64[np.ndarray, "N 2"]:
    """Return x', y' of Eq. 13: from the centre, in sides of the box, so -0.5 to 0.5 is inside it."""
    return (points_xy - truth.centres_xy) / truth.sides_wh


def rsv(points_xy: Float64[np.ndarray, "N 2"], truth: PointTruth) -> float | None:
    """Return the relative semantic variance (Eq. 13): sqrt(Var(x') Var(y')) over all objects; None without objects."""
    if not len(points_xy):
        return None
    return float(np.sqrt(relative_positions(points_xy, truth).var(0).prod()))


def offsets(points_xy: Float64[np.ndarray, "N 2"], truth: PointTruth) -> Float64[np.ndarray, "N"]:
    """Return the distance of each point to the centre of its object, in object sizes: sqrt(area of the box)."""
    return np.hypot(*(points_xy - truth.centres_xy).T) / truth.sizes


def mean(values: Float64[np.ndarray, "N"]) -> float | None:
    """Return the mean; None of nothing."""
    return float(values.mean()) if len(values) else None


def made_worse(before: Float64[np.ndarray, "N"], after: Float64[np.ndarray, "N"]) -> float | None:
    """Return the share of points whose offset grew by more than 0.05 object sizes; None without points."""
    return mean((after - before > NOTICEABLE).astype(np.float64))


def by_size(
    sizes: Float64[np.ndarray, "N"], before: Float64[np.ndarray, "N"], after: Float64[np.ndarray, "N"]
) -> dict[str, Mapping[str, float | int | None]]:
    """Return the number of objects, their mean offsets and `made_worse` by object size in pixels; empty sizes too."""
    found: dict[str, Mapping[str, float | int | None]] = {}
    for low, high in pairwise(SIZES):
        own = (sizes >= low) & (sizes < high)
        found[_range(low, high)] = {
            "objects": int(own.sum()),
            "before": mean(before[own]),
            "after": mean(after[own]),
            "made_worse": made_worse(before[own], after[own]),
        }
    return found


def _range(low: float, high: float) -> str:
    if low == 0:
        return f"<{high:g}"
    return f">={low:g}" if np.isinf(high) else f"{low:g}-{high:g}"

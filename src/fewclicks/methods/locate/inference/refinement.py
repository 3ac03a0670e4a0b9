"""Point refinement (coarse point refinement, Sec. 3.3, Algorithm 2): a weighted mean of the bag's semantic points.

fewclicks adds a fourth constraint, *star*: a point of the bag counts only if every point on the line to the middle of
the bag passes the thresholds. So a refined point never crosses a gap.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fewclicks.methods.locate.inference.bags import circles, radii, sampled
from fewclicks.methods.shared.points.neighbours import Neighbours

Nearest = Literal["own", "all"]
SMALLEST_WEIGHT = 1e-6  # of the middle of a bag, the annotated point, which is always in B_j^+
CHUNK = 256  # points at a time, which bounds the memory of their bags


@dataclass(frozen=True, slots=True)
class Constraints:
    """The constraints of Sec. 3.3.

    radius: R, the number of circles, in cells. lowest: delta_1 of constraint I, for all classes or for each channel.
    relative: delta_2. by_class: constraint II, the score of the own class is the highest. nearest: constraint III, the
    nearest annotation is the own one, among those of its class as in the text ("own") or among all as in Algorithm 2
    ("all"); None: without it. star: see above. adaptive: whether a second pass follows, with an R for each object
    (adaptive.py).
    """

    radius: int = 8
    lowest: float | tuple[float, ...] = 0.1
    relative: float = 0.5
    by_class: bool = True
    nearest: Nearest | None = "own"
    star: bool = True
    adaptive: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """The middle of the bag of each annotated point, and its R, both in cells."""

    middles_xy: Float64[np.ndarray, "N 2"]
    reaches: Int64[np.ndarray, "N"]

    def __getitem__(self, own: Int64[np.ndarray, "M"]) -> "Bags":
        """Return the bags of these points."""
        return Bags(self.middles_xy[own], self.reaches[own])


def refined(
    scores: Float32[np.ndarray, "K h w"],
    points_xy: Float64[np.ndarray, "N 2"],
    channels: Int64[np.ndarray, "N"],
    constraints: Constraints,
    bags: Bags | None = None,
) -> Float64[np.ndarray, "N 2"]:
    """Return the semantic centre of each annotated point, in cells of the maps `scores` (0..1, a channel a class).

    bags: by default around the annotated points, with the R of the constraints. A bag that passes nowhere leaves its
    point in its middle.
    """
    if bags is None:
        bags = Bags(points_xy, np.full(len(points_xy), constraints.radius, np.int64))
    centres = bags.middles_xy.copy()
    for channel in np.unique(channels).tolist():
        own = np.flatnonzero(channels == channel)
        rivals = Neighbours(points_xy[own] if constraints.nearest == "own" else points_xy)
        itself = np.arange(len(own)) if constraints.nearest == "own" else own
        for start in range(0, len(own), CHUNK):
            part = slice(start, start + CHUNK)
            centres[own[part]] = _centres(scores, channel, bags[own[part]], rivals, itself[part], constraints)
    return centres


def _centres(
    scores: Float32[np.ndarray, "K h w"],
    channel: int,
    bags: Bags,
    rivals: Neighbours,
    itself: Int64[np.ndarray, "N"],
    constraints: Constraints,
) -> Float64[np.ndarray, "N 2"]:
    own_map, around = scores[channel : channel + 1], circles(int(bags.reaches.max()))
    at_middles = sampled(own_map, bags.middles_xy)[0]
    of_class = np.broadcast_to(constraints.lowest, len(scores))[channel]
    lowest = np.maximum(of_class, constraints.relative * at_middles).astype(np.float32)
    places_xy = bags.middles_xy[:, None] + around
    weights = sampled(own_map, places_xy)[0]
    is_of_bag = (radii(around) <= bags.reaches[:, None]) & _inside(places_xy, (scores.shape[1], scores.shape[2]))
    point, place = np.nonzero((weights > lowest[:, None]) & is_of_bag)
    if constraints.by_class and len(scores) > 1:
        point, place = _only(sampled(scores, places_xy[point, place]).argmax(0) == channel, point, place)
    if constraints.nearest is not None:
        point, place = _only(rivals.are_nearest(itself[point], places_xy[point, place]), point, place)
    if constraints.star:
        point, place = _only(_in_sight(own_map, bags.middles_xy[point], around[place], lowest[point]), point, place)
    kept = np.zeros_like(weights)
    kept[point, place] = weights[point, place]
    of_point = np.maximum(at_middles, SMALLEST_WEIGHT)
    sums = np.einsum("np,npd->nd", kept, places_xy) + of_point[:, None] * bags.middles_xy
    means: Float64[np.ndarray, "N 2"] = sums / (kept.sum(1) + of_point)[:, None]
    return means


def _only(
    holds: Bool[np.ndarray, "M"], point: Int64[np.ndarray, "M"], place: Int64[np.ndarray, "M"]
) -> tuple[Int64[np.ndarray, "L"], Int64[np.ndarray, "L"]]:
    return point[holds], place[holds]


def _inside(places_xy: Float64[np.ndarray, "N P 2"], size_hw: tuple[int, int]) -> Bool[np.ndarray, "N P"]:
    return np.logical_and.reduce((places_xy >= 0) & (places_xy <= np.array(size_hw[::-1])), axis=2)


def _in_sight(
    own_map: Float32[np.ndarray, "1 h w"],
    middles_xy: Float64[np.ndarray, "M 2"],
    away: Float64[np.ndarray, "M 2"],
    lowest: Float32[np.ndarray, "M"],
) -> Bool[np.ndarray, "M"]:
    """Return whether all scores on the way from `middles_xy` to `away` from it are above `lowest`, cell by cell."""
    circle = radii(away)
    seen = np.ones(len(away), bool)
    for step in range(1, int(circle.max(initial=1))):
        farther = np.flatnonzero(seen & (circle > step))
        between = middles_xy[farther] + away[farther] * (step / circle[farther])[:, None]
        seen[farther] = sampled(own_map, between)[0] > lowest[farther]
    return seen

"""Average precision of points (cpr, Sec. 4.1), matched by the point-box distance of Eq. 12.

The points of a class in an image, highest confidence first, each take the nearest free object of that class within
`tau`. A further point on a taken object is a mistake. A point without a free object within `tau`, but with an ignored
one, counts neither way. The figure is the mean precision at 101 recalls; precision is not replaced by the best one at
a higher recall, as COCO does. It is averaged over the classes that have an object in the data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.truth import PointTruth, near_objects

TAUS = (0.1, 0.25, 0.5, 1.0, 2.0)
RECALLS = np.arange(101) / 100


@dataclass(frozen=True, eq=False)
class Matches:
    """Whether D points of an image, highest confidence first, found an object at each of T `taus` (`hits`), or count
    neither way (`void`).
    """

    scores: Float64[np.ndarray, "D"]
    class_ids: Int64[np.ndarray, "D"]
    hits: Bool[np.ndarray, "T D"]
    void: Bool[np.ndarray, "T D"]


def match(found: PointsAnswer, truth: PointTruth, taus: Sequence[float] = TAUS) -> Matches:
    """Return which points of an image found an object within each of `taus`; equally near objects in their order."""
    order = np.argsort(-found.scores, kind="stable")
    points, class_ids = found.points_xy[order], found.class_ids[order]
    hits, void = np.zeros((2, len(taus), len(order)), bool)
    for class_id in np.unique(class_ids):
        own = np.flatnonzero(class_ids == class_id)
        hits[:, own], void[:, own] = _match_class(points[own], truth.of_class(int(class_id)), np.array(taus))
    return Matches(found.scores[order], class_ids, hits, void)


def _match_class(
    points: Float64[np.ndarray, "D 2"], truth: PointTruth, taus: Float64[np.ndarray, "T"]
) -> tuple[Bool[np.ndarray, "T D"], Bool[np.ndarray, "T D"]]:
    hits, void = np.zeros((2, len(taus), len(points)), bool)
    taken = np.zeros((len(taus), len(truth.class_ids)), bool)
    of_point, objects, away = near_objects(points, truth, float(taus.max()))
    starts = np.searchsorted(of_point, np.arange(len(points) + 1))
    for index in np.unique(of_point):
        own = slice(starts[index], starts[index + 1])
        near, ignored = away[own] <= taus[:, None], truth.ignored[objects[own]]
        free = near & ~taken[:, objects[own]] & ~ignored
        hits[:, index] = free.any(1)
        void[:, index] = ~hits[:, index] & (near & ignored).any(1)
        nearest = objects[own][np.where(free, away[own], np.inf).argmin(1)]
        taken[hits[:, index], nearest[hits[:, index]]] = True
    return hits, void


def average_precision(
    matches: Sequence[Matches], counts: Mapping[int, int]
) -> tuple[Float64[np.ndarray, "T"], dict[int, Float64[np.ndarray, "T"]]]:
    """Return the mean average precision at each tau, 0..1, and that of each class.

    `counts` are the objects to be found by class (`object_counts`), each above 0. Points of classes without an object
    are left out. Raises ValueError when there are no classes or no images.
    """
    if not counts or not matches:
        raise ValueError("no objects in the data, so there is nothing to measure; choose other data")
    together = joined(matches)
    by_class = {}
    for class_id, count in counts.items():
        own = together.class_ids == class_id
        by_class[class_id] = np.array(
            [_at_recalls(hits[own & ~void], count) for hits, void in zip(together.hits, together.void, strict=True)]
        )
    return np.mean(list(by_class.values()), axis=0), by_class


def joined(matches: Sequence[Matches]) -> Matches:
    """Return the points of all images, highest confidence first; equal ones in the order of the images."""
    scores = np.concatenate([each.scores for each in matches])
    order = np.argsort(-scores, kind="stable")
    class_ids = np.concatenate([each.class_ids for each in matches])
    hits, void = (np.concatenate([getattr(each, name) for each in matches], axis=1) for name in ("hits", "void"))
    return Matches(scores[order], class_ids[order], hits[:, order], void[:, order])


def _at_recalls(hits: Bool[np.ndarray, "D"], count: int) -> float:
    """Return the mean precision where each recall is first reached, recall 0 by the first point; or 0."""
    right = np.cumsum(hits)
    precision = right / np.arange(1, len(hits) + 1)
    places = np.searchsorted(right / count, RECALLS)
    return float(np.append(precision, 0.0)[places].mean())

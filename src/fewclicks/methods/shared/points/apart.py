"""Answers of points, joined, and without points that are near a better one of their class."""

import numpy as np
from jaxtyping import Float64

from fewclicks.answers import PointsAnswer
from fewclicks.methods.shared.points.peaks import point_nms


def apart(found: PointsAnswer, radius: float, taken: PointsAnswer | None = None) -> PointsAnswer:
    """Return the points without those within `radius` pixels of a better one of their class, or of a `taken` one."""
    kept = [np.zeros(0, np.int64)]
    for class_id in np.unique(found.class_ids).tolist():
        own = np.flatnonzero(found.class_ids == class_id)
        occupied = None if taken is None else _of_class(taken, class_id)
        kept.append(own[point_nms(found.points_xy[own], found.scores[own], radius, occupied)])
    return found.where(np.concatenate(kept))


def joined(answers: list[PointsAnswer]) -> PointsAnswer:
    """Return the points of all answers."""
    return PointsAnswer(
        np.concatenate([each.points_xy for each in answers]),
        np.concatenate([each.scores for each in answers]),
        np.concatenate([each.class_ids for each in answers]),
        tuple(target for each in answers for target in each.targets),
    )


def _of_class(found: PointsAnswer, class_id: int) -> Float64[np.ndarray, "N 2"]:
    return found.points_xy[found.class_ids == class_id]

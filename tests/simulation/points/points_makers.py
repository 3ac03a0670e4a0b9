"""Points and ground truths of tests."""

from collections.abc import Sequence

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.truth import PointTruth


def found(
    *points: tuple[float, float], scores: Sequence[float], class_ids: Sequence[int] | None = None
) -> PointsAnswer:
    ids = [0] * len(points) if class_ids is None else class_ids
    return PointsAnswer(
        np.array(points, float).reshape(-1, 2), np.array(scores, float), np.array(ids, np.int64), ("",) * len(points)
    )


def truth_of(
    *boxes: tuple[float, ...], class_ids: Sequence[int] | None = None, ignored: Sequence[bool] | None = None
) -> PointTruth:
    """Boxes are cx, cy, w, h."""
    rows = np.array(boxes, float).reshape(-1, 4)
    ids = [0] * len(boxes) if class_ids is None else class_ids
    flags = [False] * len(boxes) if ignored is None else ignored
    return PointTruth(rows[:, :2], rows[:, 2:], np.array(ids, np.int64), np.array(flags, bool))

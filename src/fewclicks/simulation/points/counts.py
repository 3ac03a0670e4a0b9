"""Errors of counts: how many points a model finds, against how many objects there are."""

from collections.abc import Collection, Sequence

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.truth import PointTruth


def count_errors(
    found: Sequence[PointsAnswer], truths: Sequence[PointTruth], classes: Collection[int]
) -> dict[int, float]:
    """Return the mean absolute error of the count of each class over the images.

    Ignored objects are not counted. Raises ValueError without images.
    """
    if not truths:
        raise ValueError("no images: nothing was counted")
    return {each: float(np.mean(_errors(found, truths, each))) for each in classes}


def _errors(found: Sequence[PointsAnswer], truths: Sequence[PointTruth], class_id: int) -> list[int]:
    return [
        abs(int((answer.class_ids == class_id).sum()) - int(((truth.class_ids == class_id) & ~truth.ignored).sum()))
        for answer, truth in zip(found, truths, strict=True)
    ]

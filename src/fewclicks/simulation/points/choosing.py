"""The suppression radius and the lowest confidence of a model's points, chosen on training images.

A radius changes the average precision of a model by more than most changes of the model itself, so models are compared
at the radius that fits each best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.pairing import TAU
from fewclicks.simulation.points.precision import Matches, average_precision, joined, match
from fewclicks.simulation.points.truth import PointTruth, object_counts


@dataclass(frozen=True, slots=True)
class Choice:
    """A suppression radius in the unit that was tried, and the lowest confidence that counts as found."""

    radius: float
    lowest_score: float


def choose(answers: Mapping[float, Sequence[PointsAnswer]], truths: Sequence[PointTruth]) -> Choice:
    """Return the radius of the greatest mean average precision at tau 0.5, and at it the confidence of the greatest F1.

    answers: for each radius the points of all images, those of low confidence too. Of equal radii the smallest, of
    equal confidences the highest is chosen. Raises ValueError without radii, images or objects.
    """
    counts = object_counts(truths)
    matches = {radius: _matches(answers[radius], truths) for radius in sorted(answers)}
    precision = {radius: float(average_precision(each, counts)[0][0]) for radius, each in matches.items()}
    best = max(precision, key=precision.__getitem__)
    return Choice(best, lowest_score(matches[best], sum(counts.values())))


def lowest_score(matches: Sequence[Matches], objects: int) -> float:
    """Return the confidence from which on F1 at the first tau is greatest; 1 where no point is right."""
    together = joined(matches)
    chosen = ~together.void[0]
    scores, hits = together.scores[chosen], together.hits[0, chosen]
    if not hits.any():
        return 1.0
    f1 = 2 * np.cumsum(hits) / (np.arange(1, len(hits) + 1) + objects)
    f1[:-1][scores[:-1] == scores[1:]] = 0  # points of equal confidence are shown together
    return float(scores[f1.argmax()])


def _matches(answers: Sequence[PointsAnswer], truths: Sequence[PointTruth]) -> list[Matches]:
    return [match(answer, truth, (TAU,)) for answer, truth in zip(answers, truths, strict=True)]

"""Which suggestions of an assisted image are worth showing: verifying one must save more than it costs.

A suggestion that is right costs a look instead of a drawn box. One that has to be corrected, or is background, costs
more than no suggestion. Finished images tell what their suggestions were, whether they were shown or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.costs import Costs, Kind
from fewclicks.ask.oracle import NOTHING, judge

NEUTRAL = 0.4  # confidence from which on suggestions are worth showing as long as nothing is known of them
PRIOR = 10.0  # suggestions that what is assumed of a class weighs as much as


@dataclass(frozen=True, slots=True)
class Verified:
    """What a suggestion of this class and confidence was."""

    class_id: int
    score: float
    kind: Kind


def outcomes(
    suggestions: BoxesAnswer, objects: Float64[np.ndarray, "N 5"], object_classes: Int64[np.ndarray, "N"]
) -> list[Verified]:
    """Return what the suggestions in an image were, given all of its objects; a second one of an object is background.

    suggestions: highest confidence first.
    """
    found, taken = [], set[int]()
    rows = zip(suggestions.boxes, suggestions.class_ids.tolist(), suggestions.scores.tolist(), strict=True)
    for box, class_id, score in rows:
        verdict = judge(box, class_id, objects, object_classes)
        found.append(Verified(class_id, score, "background" if verdict.which in taken else verdict.kind))
        taken |= {verdict.which} - {NOTHING}
    return found


def saved(kind: Kind, costs: Costs) -> float:
    """Return the seconds that a suggestion saved; without it, an object is drawn, and background costs nothing."""
    without = 0.0 if kind == "background" else costs.drawn
    return without - costs.seconds(kind)


def worthwhile(
    suggestions: BoxesAnswer, known: Sequence[Verified], neutral: float, costs: Costs
) -> Bool[np.ndarray, "N"]:
    """Return which suggestions to show: those of at least the confidence from which on those of their class save most.

    known: what suggestions of finished images were. neutral: the confidence, below 1, from which on suggestions of a
    class are worth showing as long as nothing is known of it.
    """
    limits = {
        class_id: limit_of([each for each in known if each.class_id == class_id], neutral, costs)
        for class_id in np.unique(suggestions.class_ids).tolist()
    }
    wanted = np.array([limits[class_id] for class_id in suggestions.class_ids.tolist()], np.float64)
    return np.asarray(suggestions.scores >= wanted)


def limit_of(known: Sequence[Verified], neutral: float, costs: Costs) -> float:
    """Return the confidence from which on suggestions of a class save most; above 1 if none is worth showing.

    It is the highest confidence t at which prior(t) and what the `known` suggestions of the class from t on saved are
    most. neutral: as for `worthwhile`.
    """
    scores = np.array([each.score for each in known], np.float64)
    seconds = np.array([saved(each.kind, costs) for each in known], np.float64)
    limits = np.unique([neutral, *scores, *np.nextafter([*scores, 1.0], np.inf)])[::-1]
    totals = _prior(limits, neutral, costs) + ((scores >= limits[:, None]) * seconds).sum(1)
    return float(limits[totals.argmax()])


def _prior(limits: Float64[np.ndarray, "L"], neutral: float, costs: Costs) -> Float64[np.ndarray, "L"]:
    """Return the seconds that PRIOR made-up suggestions save, if those from each limit on are shown.

    Their confidences s are spread evenly over 0..1, and one saves R (s - neutral) / (1 - neutral), where R is what a
    right one saves. The sum from t on is PRIOR R ((1 - neutral)^2 - (t - neutral)^2) / (2 (1 - neutral)).
    """
    most = PRIOR * max(saved("right", costs), 0.0)
    return most * ((1 - neutral) ** 2 - (limits - neutral) ** 2) / (2 * (1 - neutral))

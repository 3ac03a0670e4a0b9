"""Which suggestions of an assisted image are worth showing: verifying one must save more than it costs.

A suggestion that is right costs a look instead of a drawn box. One that has to be corrected, or is background, costs
more than no suggestion.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.costs import Costs, Kind


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a suggestion of this class and confidence."""

    class_id: int
    score: float
    kind: Kind


def saved(kind: Kind, costs: Costs) -> float:
    """Return the seconds that a suggestion saved; without it, an object is drawn, and background costs nothing."""
    without = 0.0 if kind == "background" else costs.drawn
    return without - costs.seconds(kind)


def worthwhile(
    suggestions: BoxesAnswer, verified: Sequence[Verified], lowest: float, costs: Costs
) -> Bool[np.ndarray, "N"]:
    """Return which suggestions to show: those of at least the confidence from which on those of their class saved most.

    verified: earlier suggestions. lowest: the confidence that is enough for classes without any.
    """
    limits = {
        class_id: _limit([each for each in verified if each.class_id == class_id], lowest, costs)
        for class_id in np.unique(suggestions.class_ids).tolist()
    }
    wanted = np.array([limits[class_id] for class_id in suggestions.class_ids.tolist()], np.float64)
    return np.asarray(suggestions.scores >= wanted)


def _limit(verified: Sequence[Verified], lowest: float, costs: Costs) -> float:
    """Return the confidence from which on showing them all would have saved most; infinity when nothing saved any."""
    if not verified:
        return lowest
    order = sorted(verified, key=lambda each: -each.score)
    totals = np.cumsum([saved(each.kind, costs) for each in order])
    best = int(totals.argmax())
    return order[best].score if totals[best] > 0 else np.inf

"""How well the confidence of suggested boxes agrees with whether they are objects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewclicks.simulation.boxes.measure import Matches
from fewclicks.simulation.quality import LEAST_RANKED, calibration_error, spearman

LOWEST = 0.1  # confidence of a box that takes part; people hardly ever see less confident ones


@dataclass(frozen=True, slots=True)
class Confidence:
    """Suggested boxes: their mean confidence, the share that are objects, and how well both agree.

    A box is an object if it has an IoU of at least 0.5 with an object of its class that no better box has found.
    spearman: the rank correlation; None if all confidences are equal, or if all or none are objects. ece: the expected
    calibration error.
    """

    boxes: int
    mean: float
    right: float
    spearman: float | None
    ece: float

    @classmethod
    def of(cls, matches: Sequence[Matches]) -> "Confidence | None":
        """Compare the boxes of all images; None for less than LEAST_RANKED."""
        scores = np.concatenate([np.zeros(0), *(each.scores for each in matches)])
        hits, void = (
            np.concatenate([np.zeros(0, bool), *(getattr(each, name)[0] for each in matches)])
            for name in ("hits", "void")
        )
        kept = (scores >= LOWEST) & ~void
        if kept.sum() < LEAST_RANKED:
            return None
        predicted, true = scores[kept], hits[kept].astype(np.float64)
        ranks, error = spearman(predicted, true), calibration_error(predicted, true)
        return cls(len(predicted), float(predicted.mean()), float(true.mean()), ranks, error)

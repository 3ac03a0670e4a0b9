"""How well the predicted IoU of masks agrees with their true IoU."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from fewclicks.simulation.quality import LEAST_RANKED, calibration_error, spearman
from fewclicks.simulation.report import JsonValue


def quality_figures(
    predicted: Sequence[Sequence[float | None]], true: Sequence[Sequence[float]]
) -> dict[str, JsonValue]:
    """The figures of N objects after each of R rounds: rank correlation, calibration error and mean prediction.

    predicted, true: IoU of each object after each round, 0..1. A figure is None if too few objects have a prediction;
    the rank correlation also if all predictions or all IoUs are equal.
    """
    rounds = [_known(*each) for each in zip(zip(*predicted, strict=True), zip(*true, strict=True), strict=True)]
    return {
        "quality_predicted_by_round": [None if pair is None else float(pair[0].mean()) for pair in rounds],
        "quality_spearman_by_round": [None if pair is None else spearman(*pair) for pair in rounds],
        "quality_ece_by_round": [None if pair is None else calibration_error(*pair) for pair in rounds],
    }


def _known(
    predicted: Sequence[float | None], true: Sequence[float]
) -> tuple[Float[np.ndarray, "N"], Float[np.ndarray, "N"]] | None:
    """The predictions and IoUs of a round, of objects that have a prediction."""
    pairs = np.array([pair for pair in zip(predicted, true, strict=True) if pair[0] is not None], float)
    return (pairs[:, 0], pairs[:, 1]) if len(pairs) >= LEAST_RANKED else None

"""How well the predicted IoU of masks agrees with their true IoU."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from fewclicks.simulation.report import JsonValue

LEAST_RANKED = 10  # objects with a prediction, below which nothing is reported of it
BINS = 10  # of the expected calibration error, with equally many objects


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


def spearman(predicted: Float[np.ndarray, "N"], true: Float[np.ndarray, "N"]) -> float | None:
    """Spearman's rank correlation, -1..1, equal values with their mean rank; None if all values of one are equal."""
    if np.ptp(predicted) == 0 or np.ptp(true) == 0:
        return None
    return float(np.corrcoef(rankdata(predicted), rankdata(true))[0, 1])


def calibration_error(predicted: Float[np.ndarray, "N"], true: Float[np.ndarray, "N"]) -> float:
    """Expected calibration error, 0..1: the mean of |mean prediction - mean IoU| over bins of equally many objects,
    from the lowest to the highest prediction. Bins of one object more than others count accordingly.
    """
    order = np.argsort(predicted, kind="stable")
    bins = np.array_split(order, BINS)
    return float(sum(abs(predicted[each].sum() - true[each].sum()) for each in bins) / len(order))


def _known(
    predicted: Sequence[float | None], true: Sequence[float]
) -> tuple[Float[np.ndarray, "N"], Float[np.ndarray, "N"]] | None:
    """The predictions and IoUs of a round, of objects that have a prediction."""
    pairs = np.array([pair for pair in zip(predicted, true, strict=True) if pair[0] is not None], float)
    return (pairs[:, 0], pairs[:, 1]) if len(pairs) >= LEAST_RANKED else None

"""How well predictions of a quality agree with the true quality: ranks and calibration."""

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from fewclicks.simulation.report import JsonValue

LEAST_RANKED = 10  # predictions, below which nothing is reported of them
BINS = 10  # of the expected calibration error, with equally many predictions


def spearman(predicted: Float[np.ndarray, "N"], true: Float[np.ndarray, "N"]) -> float | None:
    """Spearman's rank correlation, -1..1, equal values with their mean rank; None if all values of one are equal."""
    if np.ptp(predicted) == 0 or np.ptp(true) == 0:
        return None
    return float(np.corrcoef(rankdata(predicted), rankdata(true))[0, 1])


def calibration_error(predicted: Float[np.ndarray, "N"], true: Float[np.ndarray, "N"]) -> float:
    """Expected calibration error, 0..1: the mean of |mean prediction - mean true quality| over bins of equally many
    predictions, from the lowest to the highest. Bins of one more than others count accordingly.
    """
    order = np.argsort(predicted, kind="stable")
    bins = np.array_split(order, BINS)
    return float(sum(abs(predicted[each].sum() - true[each].sum()) for each in bins) / len(order))


def quality_figures(
    predicted: Float[np.ndarray, "R N"], true: Float[np.ndarray, "R N"], unit: str
) -> dict[str, JsonValue]:
    """The figures of N masks after each of R steps: rank correlation, calibration error and mean prediction.

    predicted, true: IoU of each mask after each step, 0..1, or NaN where it is unknown. unit: what the steps are, for
    the keys. A figure is None if too few masks have both; the rank correlation also if all predictions or all IoUs are
    equal.
    """
    steps = [_known(*each) for each in zip(predicted, true, strict=True)]
    return {
        f"quality_predicted_by_{unit}": [None if pair is None else float(pair[0].mean()) for pair in steps],
        f"quality_spearman_by_{unit}": [None if pair is None else spearman(*pair) for pair in steps],
        f"quality_ece_by_{unit}": [None if pair is None else calibration_error(*pair) for pair in steps],
    }


def _known(
    predicted: Float[np.ndarray, "N"], true: Float[np.ndarray, "N"]
) -> tuple[Float[np.ndarray, "M"], Float[np.ndarray, "M"]] | None:
    """The predictions and IoUs of the masks that have both."""
    known = ~np.isnan(predicted) & ~np.isnan(true)
    return (predicted[known], true[known]) if known.sum() >= LEAST_RANKED else None

"""How well predictions of a quality agree with the true quality: ranks and calibration."""

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

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

"""When to stop: an estimate of what further answers gain, from the curve of quality so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

AHEAD = 100  # answers
FEWEST_POINTS = 4  # two determine the line; a single third one would say little about how far it is off
WIDE = 2.0  # standard errors: a gain is expected to lie within so many


@dataclass(frozen=True, slots=True)
class Gain:
    """The quality that AHEAD more answers are expected to add, and its standard error, both 0 or more."""

    mean: float
    error: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How N estimates met the gains that came true.

    bias: the mean of estimate minus truth. rms: the root of their mean square. within: the share of gains that were at
    most WIDE standard errors away from their estimate.
    """

    estimates: int
    bias: float
    rms: float
    within: float


def gain_of_next(answers: Sequence[float], quality: Sequence[float]) -> Gain | None:
    """Return the gain of the next AHEAD answers after the last point; None with less than FEWEST_POINTS.

    The curve is extrapolated as q(n) = a + b ln(1 + n) of the number of answers n, fitted by least squares; b is at
    least 0. The gain is b ln((1 + n + AHEAD) / (1 + n)), its error that of b. The fit takes the errors of the points as
    independent and equal.
    """
    x, y = np.log1p(np.asarray(answers, np.float64)), np.asarray(quality, np.float64)
    spread = float(((x - x.mean()) ** 2).sum()) if len(x) else 0.0
    if len(x) < FEWEST_POINTS or spread == 0:
        return None
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
    residuals = y - y.mean() - slope * (x - x.mean())
    error = float(np.sqrt((residuals**2).sum() / (len(x) - 2) / spread))
    further = float(np.log1p(answers[-1] + AHEAD) - x[-1])
    return Gain(max(slope, 0.0) * further, error * further)


def calibration(runs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Calibration | None:
    """Return how the estimates after each point of each run, given as answers and quality, met what followed.

    What followed is read from the same curve, linearly between its points. None when no run goes on for AHEAD answers
    after an estimate.
    """
    pairs = [pair for answers, quality in runs for pair in _pairs(answers, quality)]
    if not pairs:
        return None
    off = np.array([gain.mean - true for gain, true in pairs])
    errors = np.array([gain.error for gain, _ in pairs])
    within = float((np.abs(off) <= WIDE * errors).mean())
    return Calibration(len(pairs), float(off.mean()), float(np.sqrt((off**2).mean())), within)


def _pairs(answers: Sequence[float], quality: Sequence[float]) -> list[tuple[Gain, float]]:
    """Return each estimate with the gain that came true."""
    if any(after < before for before, after in pairwise(answers)):
        raise ValueError(f"expected rising numbers of answers, got {list(answers)}")
    found = []
    for count in range(FEWEST_POINTS, len(answers)):
        gain, goal = gain_of_next(answers[:count], quality[:count]), answers[count - 1] + AHEAD
        if gain is not None and goal <= answers[-1]:
            found.append((gain, float(np.interp(goal, answers, quality)) - quality[count - 1]))
    return found

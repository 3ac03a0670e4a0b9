import numpy as np
import pytest
from scipy.stats import spearmanr

from fewclicks.simulation.quality import calibration_error, quality_figures, spearman


def test_spearman_is_scipys_also_with_equal_values() -> None:
    rng = np.random.default_rng(0)
    predicted, true = rng.random(60).round(1), rng.random(60)
    assert spearman(predicted, true) == pytest.approx(spearmanr(predicted, true).statistic)
    assert spearman(true, -true) == pytest.approx(-1)


def test_constants_have_no_rank_correlation() -> None:
    varied, constant = np.linspace(0, 1, 12), np.full(12, 0.5)
    assert spearman(constant, varied) is None
    assert spearman(varied, constant) is None


def test_the_calibration_error_is_that_of_bins_of_equally_many_objects() -> None:
    predicted = np.arange(20) / 20
    assert calibration_error(predicted, predicted) == 0
    swapped = predicted.reshape(10, 2)[:, ::-1].ravel()
    assert calibration_error(predicted, swapped) == pytest.approx(0), "the mean of a bin counts"
    assert calibration_error(predicted, predicted + np.where(predicted < 0.5, 0.1, -0.3)) == pytest.approx(0.2)
    uneven = np.full(11, 0.5)
    assert calibration_error(uneven, np.array([0.0, 0.0, *[0.5] * 9])) == pytest.approx(1 / 11)


def test_figures_are_of_the_masks_with_a_prediction_and_a_true_iou() -> None:
    some = np.arange(10) * 0.1
    true = np.array([[*some, 0.0, np.nan], [0.9] * 10 + [0.3, 0.3], [0.5] * 10 + [0.0, 0.0]])
    predicted = np.array([[*some, np.nan, 0.4], [np.nan] * 10 + [0.3, 0.3], [0.7] * 10 + [np.nan, np.nan]])
    figures = quality_figures(predicted, true, "round")
    assert figures["quality_predicted_by_round"] == [pytest.approx(0.45), None, pytest.approx(0.7)]
    assert figures["quality_spearman_by_round"] == [pytest.approx(1), None, None]
    assert figures["quality_ece_by_round"] == [pytest.approx(0), None, pytest.approx(0.2)]

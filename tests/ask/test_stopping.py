"""The estimate of what further answers gain, and its calibration."""

import numpy as np
import pytest

from fewclicks.ask.stopping import AHEAD, calibration, gain_of_next


def curve(answers: list[float], slope: float = 0.1) -> list[float]:
    return [0.2 + slope * np.log1p(each) for each in answers]


def test_a_logarithmic_curve_is_extrapolated_exactly() -> None:
    answers = [50.0, 100.0, 200.0, 300.0]
    gain = gain_of_next(answers, curve(answers))
    assert gain is not None
    assert gain.mean == pytest.approx(0.1 * np.log((301 + AHEAD) / 301))
    assert gain.error == pytest.approx(0, abs=1e-9)


def test_the_error_grows_with_the_noise_and_a_falling_curve_gains_nothing() -> None:
    answers = [50.0, 100.0, 200.0, 300.0]
    noise = np.array([0.02, -0.02, 0.02, -0.02])
    errors = [gain_of_next(answers, (np.array(curve(answers)) + scale * noise).tolist()) for scale in (1, 3)]
    assert errors[0] is not None
    assert errors[1] is not None
    assert 0 < 3 * errors[0].error == pytest.approx(errors[1].error)
    falling = gain_of_next(answers, curve(answers, -0.1))
    assert falling is not None
    assert falling.mean == 0


@pytest.mark.parametrize("answers", [[], [10.0], [10.0, 20.0, 30.0], [10.0] * 4])
def test_too_few_different_points_give_no_estimate(answers: list[float]) -> None:
    assert gain_of_next(answers, curve(answers)) is None


def test_calibration_compares_estimates_with_what_followed() -> None:
    answers = [float(each) for each in range(50, 1000, 50)]
    found = calibration([(answers, curve(answers))])
    assert found is not None
    assert found.estimates == len(answers) - 4 - 1  # the last ones are not followed by enough answers
    assert found.rms < 0.003  # between points the curve is read linearly
    stops = [0.5 if each >= 300 else value for each, value in zip(answers, curve(answers), strict=True)]
    late = calibration([(answers, stops)])
    assert late is not None
    assert late.rms > found.rms
    assert 0 <= late.within <= 1


def test_short_runs_are_not_calibrated_and_answers_must_rise() -> None:
    assert calibration([]) is None
    assert calibration([([10.0, 20.0, 30.0, 40.0], [0.1, 0.2, 0.3, 0.4])]) is None
    with pytest.raises(ValueError, match="rising"):
        calibration([([10.0, 20.0, 15.0], [0.1, 0.2, 0.3])])

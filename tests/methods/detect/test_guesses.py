"""Guesses of the extents of clicked objects, from what readings at several scales find at the clicks."""

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer, all_boxes
from fewclicks.methods.detect.inference.guesses import DOUBT, doubted, guessed_sides, tried_scales
from fewclicks.prompts import ClassClick

CLICK = ClassClick(50, 50, 1)


def found(*boxes: tuple[float, float, float], class_id: int = 1) -> BoxesAnswer:
    """Boxes around the click: width, height and confidence of each, highest confidence first."""
    rows = np.array([[50, 50, width, height, 0] for width, height, _ in boxes], np.float64).reshape(-1, 5)
    scores = np.array([score for *_, score in boxes], np.float64)
    return BoxesAnswer(rows, scores, np.full(len(boxes), class_id), scores[:, None], (class_id,), False)


def test_the_best_box_of_each_reading_competes() -> None:
    answers = {1.0: found((20, 20, 0.9), (60, 60, 0.5)), 0.5: found((80, 60, 0.8))}
    assert guessed_sides(answers, [CLICK], 1.0).tolist() == [[80, 60]]  # 35 pixels in its reading, 20 in the first one
    assert guessed_sides({1.0: found((20, 30, 0.3))}, [CLICK], 2.0).tolist() == [[40, 60]]  # pixels of the reading


def test_readings_that_agree_win() -> None:
    answers = {1.0: found((48, 48, 0.8)), 0.5: found((90, 90, 0.8)), 0.25: found((94, 94, 0.8))}
    assert guessed_sides(answers, [CLICK], 1.0).tolist() == [[90, 90]]


def test_only_boxes_of_the_class_around_the_click_count() -> None:
    away = ClassClick(90, 50, 1)
    answers = {1.0: found((48, 48, 0.9)), 0.5: found((40, 40, 0.9), class_id=2)}
    np.testing.assert_array_equal(guessed_sides(answers, [away, CLICK], 1.0), [[np.nan, np.nan], [48, 48]])
    assert guessed_sides({}, [CLICK], 1.0).shape == (1, 2)


def test_which_readings_are_tried() -> None:
    assert tried_scales(640) == (1, 0.5, 0.25)
    assert tried_scales(599) == (1, 0.5)  # a quarter would be too small
    assert tried_scales(200) == (1,)


def test_doubt_lowers_the_odds_of_some_classes() -> None:
    answer = all_boxes([found((20, 20, 0.5)), found((30, 30, 0.4), class_id=2)])
    lower = doubted(answer, {1})
    assert lower.class_ids.tolist() == [2, 1]
    assert lower.scores.tolist() == pytest.approx([0.4, DOUBT / (1 + DOUBT)])
    assert lower.probabilities.max(1).tolist() == lower.scores.tolist()

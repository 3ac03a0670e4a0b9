"""Boxes by the size and shape of examples."""

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer
from fewclicks.methods.detect.inference.extents import DRAWN, GUESSED, extents_of, fitted, joined, lowest_before
from fewclicks.prompts import BoxPrompt, ClassClick


def found(*sides_wh: tuple[float, float], score: float = 0.2, class_id: int = 1) -> BoxesAnswer:
    """Boxes of these sides, all with one confidence."""
    boxes = np.array([(50 * n, 50, w, h, 0) for n, (w, h) in enumerate(sides_wh)], np.float64)
    return BoxesAnswer.of(boxes, np.full(len(boxes), score), np.full(len(boxes), class_id))


def test_a_box_of_the_size_of_an_example_becomes_likelier_and_another_one_less_likely() -> None:
    known = {1: np.array([[20.0, 30.0]])}
    answer = fitted(found((60, 90), (20, 30)), known)
    assert answer.boxes[0, 2:4].tolist() == pytest.approx([20, 30])
    assert answer.scores[0] == pytest.approx(DRAWN.odds * 0.2 / (1 + (DRAWN.odds - 1) * 0.2))
    assert answer.scores[1] < 0.01
    assert answer.probabilities.max(1).tolist() == answer.scores.tolist()


def test_an_example_on_its_side_is_one_too() -> None:
    upright, lying = (fitted(found((20, 60)), {1: np.array([sides])}) for sides in ([20.0, 60.0], [60.0, 20.0]))
    assert upright.scores.tolist() == lying.scores.tolist()
    assert upright.boxes.tolist() == lying.boxes.tolist()


def test_sides_move_half_of_the_way_to_the_nearest_example() -> None:
    answer = fitted(found((20, 20)), {1: np.array([[500.0, 500.0], [24.2, 24.2]])})
    assert answer.boxes[0, 2:4].tolist() == pytest.approx([22, 22], abs=0.01)


def test_a_guess_is_trusted_less_than_a_box() -> None:
    before, known = found((20, 20), (60, 60)), {1: np.array([[24.0, 24.0]])}
    drawn, guessed = fitted(before, known), fitted(before, known, GUESSED)
    assert guessed.boxes[0, 2:4].tolist() == pytest.approx([20, 20])
    assert drawn.scores[0] > guessed.scores[0] == pytest.approx(0.2)
    assert 0.2 > guessed.scores[1] > drawn.scores[1]  # the larger box


def test_classes_without_a_box_stay_as_they_are() -> None:
    before = found((20, 30), class_id=2)
    after = fitted(before, {1: np.array([[80.0, 80.0]])})
    assert after.boxes.tolist() == before.boxes.tolist()
    assert after.scores.tolist() == before.scores.tolist()


def test_the_lowest_confidence_is_that_of_a_box_that_fits() -> None:
    lowest = lowest_before(0.05)
    assert fitted(found((20, 30), score=lowest), {1: np.array([[20.0, 30.0]])}).scores[0] == pytest.approx(0.05)


def test_extents_are_those_of_boxes_by_class() -> None:
    shown = (BoxPrompt(0, 0, 4, 6, class_id=2), ClassClick(1, 1, 1), BoxPrompt(0, 0, 2, 2, class_id=2))
    assert {name: own.tolist() for name, own in extents_of(shown).items()} == {2: [[4, 6], [2, 2]]}
    both = joined({1: np.ones((1, 2))}, {1: np.zeros((1, 2)), 3: np.zeros((0, 2))})
    assert {name: len(own) for name, own in both.items()} == {1: 2}

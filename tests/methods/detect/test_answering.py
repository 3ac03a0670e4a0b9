"""Which of all boxes suppression chooses from, and the probabilities that belong to them."""

import numpy as np
import pytest

from fewclicks.methods.detect.inference.answering import (
    CANDIDATES,
    MOST_CANDIDATES,
    candidates,
    without_duplicates,
)


def field(count: int) -> np.ndarray:
    """Boxes of 6 pixels that do not touch, in an image of 1000x1000."""
    numbers = np.arange(count)
    columns = np.stack([numbers % 100 * 10 + 5, numbers // 100 * 10 + 5], axis=1)
    return np.column_stack([columns, np.full((count, 2), 6.0), np.zeros(count)])


@pytest.mark.parametrize(
    ("score", "found"), [(0.04, 0), (0.1, CANDIDATES), (0.3, 3000)], ids=["nothing", "doubtful", "likely"]
)
def test_thousands_of_likely_boxes_are_found_but_not_of_doubtful_ones(score: float, found: int) -> None:
    boxes, scores = field(3000), np.full((3000, 1), score)
    answer = candidates(boxes, scores, {0: 7}, (1000, 1000), 1.0, 0.05, False)
    assert len(without_duplicates([answer], oriented_boxes=False)) == found


def test_the_best_of_too_many_are_taken() -> None:
    boxes, scores = field(MOST_CANDIDATES + 500), np.linspace(0.99, 0.5, MOST_CANDIDATES + 500)[:, None]
    answer = candidates(boxes, scores, {0: 7}, (1000, 1000), 1.0, 0.05, False)
    assert len(answer) == MOST_CANDIDATES
    assert answer.scores.min() == scores[MOST_CANDIDATES - 1]


@pytest.mark.parametrize("oriented_boxes", [False, True])
def test_probabilities_are_those_of_the_box_that_stays_for_all_classes_that_were_asked(oriented_boxes: bool) -> None:
    boxes = np.array([[50.0, 50, 10, 10, 0], [51, 50, 10, 10, 0], [90, 90, 10, 10, 0]])
    scores = np.array([[0.6, 0.9, 0.2], [0.8, 0.9, 0.1], [0.01, 0.9, 0.3]])
    first = candidates(boxes, scores, {0: 9, 2: 4}, (100, 100), 1.0, 0.05, oriented_boxes)
    other = candidates(boxes[2:], scores[2:], {1: 5}, (100, 100), 1.0, 0.05, oriented_boxes)
    answer = without_duplicates([first, other], oriented_boxes)
    assert answer.classes == (4, 5, 9)
    found = [(i, p.tolist()) for i, p in zip(answer.class_ids.tolist(), answer.probabilities, strict=True)]
    assert found == [(5, [0, 0.9, 0]), (9, [0.1, 0, 0.8]), (4, [0.3, 0, 0.01]), (4, [0.2, 0, 0.6])]
    assert answer.scores.tolist() == [0.9, 0.8, 0.3, 0.2]
    assert answer.oriented is oriented_boxes

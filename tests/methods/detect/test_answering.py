"""Which of all boxes suppression chooses from."""

import numpy as np
import pytest

from fewclicks.methods.detect.inference.answering import CANDIDATES, MOST_CANDIDATES, best_of, detections


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
    answer = detections(boxes, scores, {0: 7}, (1000, 1000), 1.0)
    assert len(best_of(answer, turned=False)) == found


def test_the_best_of_too_many_are_taken() -> None:
    boxes, scores = field(MOST_CANDIDATES + 500), np.linspace(0.99, 0.5, MOST_CANDIDATES + 500)[:, None]
    answer = detections(boxes, scores, {0: 7}, (1000, 1000), 1.0)
    assert len(answer) == MOST_CANDIDATES
    assert answer.scores.min() == scores[MOST_CANDIDATES - 1]

"""Confidence of suggested boxes against whether they are objects."""

from dataclasses import astuple

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer
from fewclicks.simulation.boxes.confidence import Confidence
from fewclicks.simulation.boxes.measure import GroundTruth, match

PLACES = [(20.0 * number, 10.0, 8.0, 8.0, 0.0) for number in range(12)]


def confidence(scores: list[float], objects: int, ignored: int = 0) -> Confidence | None:
    """Of a box with each score; the first ones are on objects, of which the first ones are ignored."""
    boxes = np.array(PLACES[: len(scores)]).reshape(-1, 5)
    found = BoxesAnswer.of(boxes, np.array(scores), np.zeros(len(scores), np.int64))
    truth = GroundTruth(boxes[:objects], np.zeros(objects, np.int64), np.arange(objects) < ignored)
    return Confidence.of([match(found, truth)])


def test_a_perfect_model_has_no_error() -> None:
    assert confidence([1.0] * 10, 10) == Confidence(10, 1.0, 1.0, None, 0.0)
    some = confidence([0.9] * 6 + [0.2] * 6, 6)
    assert some is not None
    assert astuple(some) == pytest.approx((12, 0.55, 0.5, 1, 0.15))


def test_confidence_in_background_is_an_error() -> None:
    found = confidence([0.8] * 10, 0)
    assert found is not None
    assert (found.right, found.spearman, found.ece) == (0, None, pytest.approx(0.8))


def test_hidden_boxes_and_boxes_on_ignored_objects_do_not_count() -> None:
    assert confidence([0.9] * 10 + [0.05, 0.05], 10) == confidence([0.9] * 10, 10)
    kept = confidence([0.9] * 12, 12, ignored=2)
    assert kept is not None
    assert kept.boxes == 10


def test_nothing_is_said_of_a_few_boxes() -> None:
    assert confidence([0.9] * 9, 9) is None
    assert Confidence.of([]) is None

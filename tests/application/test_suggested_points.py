"""Answers of models of points as suggestions, with everything that a model may get wrong."""

import time
from math import hypot

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewclicks.answers import BoxesAnswer, MaskAnswer, PointsAnswer, Task
from fewclicks.application.answers.stored import answer_from_json, answer_to_json
from fewclicks.application.answers.suggested_points import (
    MOST_POINTS,
    SAME_PLACE,
    Places,
    answer_of,
    suggested_moves,
    suggested_points,
)
from fewclicks.geometry.masks import Mask
from fewclicks.prompts import PointPrompt
from fewclicks.store.proposals import SuggestedPoints

SIZE = (100, 200)
PROMPTS = (PointPrompt(10, 20, 1, "a"), PointPrompt(30.123456, 40, 1, "b"))
XY = st.tuples(st.floats(0, 12), st.floats(0, 12))


def answer(*rows: tuple[float, float, float, int, str]) -> PointsAnswer:
    values = np.array([row[:4] for row in rows], np.float64).reshape(-1, 4)
    targets = tuple(row[4] for row in rows)
    return PointsAnswer(values[:, :2], values[:, 2], values[:, 3].astype(np.int64), targets)


def test_moves_are_those_of_prompted_points_inside_the_image() -> None:
    found = answer((10, 21.236, 0.5, 1, "a"), (200.1, 5, 0.9, 1, "b"), (50, 50, 0.9, 1, "c"), (5, 5, 0.9, 1, ""))
    move = {"annotation_id": "a", "from_xy": [10, 20], "to_xy": [10, 21.24], "score": 0.5}
    assert suggested_moves(found, PROMPTS, SIZE) == (move,)


def test_a_point_that_stays_where_it_is_has_no_move() -> None:
    found = answer((10.001, 20, 0.5, 1, "a"), (30.12, 40, 0.5, 1, "b"))
    assert suggested_moves(found, PROMPTS, SIZE) == ()


def test_points_are_sorted_and_of_known_classes() -> None:
    found = answer(
        (5, 5, 0.2, 1, ""),
        (9, 9, 0.04, 1, ""),
        (7, 7, 0.9, 2, ""),
        (50, 60, 0.8, 3, ""),
        (40, 40, 1.5, 1, ""),
        (float("nan"), 4, 0.9, 1, ""),
        (4, 4, float("nan"), 1, ""),
        (-1, 4, 0.9, 1, ""),
        (90, 90, 0.9, 1, "a"),
    )
    places = [(each["x"], each["y"], each["score"]) for each in suggested_points(found, (), {1, 2}, SIZE)]
    assert places == [(40, 40, 1), (7, 7, 0.9), (5, 5, 0.2)]


def test_the_best_of_several_points_at_one_place_stays() -> None:
    found = answer((5, 5, 0.2, 1, ""), (5.9, 5, 0.9, 2, ""), (6.95, 5, 0.5, 1, ""))
    assert [each["x"] for each in suggested_points(found, [(7, 5.2)], {1, 2}, SIZE)] == [5.9]


def test_ten_thousand_points_of_a_crowd_take_less_than_a_second() -> None:
    x, y = np.meshgrid(np.arange(0, 330, 2.0), np.arange(0, 330, 2.0))
    count = x.size
    crowd = PointsAnswer(
        np.stack([x.ravel(), y.ravel()], axis=1), np.full(count, 0.5), np.ones(count, np.int64), ("",) * count
    )
    started = time.process_time()
    assert len(suggested_points(crowd, [(1000, 1000)] * 1000, {1}, (2000, 2000))) == MOST_POINTS
    assert time.process_time() - started < 1


@given(st.lists(XY, max_size=6), st.lists(XY, max_size=6))
def test_places_are_found_as_by_comparing_all(
    there: list[tuple[float, float]], asked: list[tuple[float, float]]
) -> None:
    places = Places(there)
    for x, y in asked:
        assert places.has(x, y) == any(hypot(x - a, y - b) <= SAME_PLACE for a, b in there)


def test_stored_suggestions_are_an_answer_again() -> None:
    found = answer((10, 21, 0.5, 0, "a"), (5, 5, 0.25, 2, ""))
    moves, points = suggested_moves(found, PROMPTS, SIZE), suggested_points(found, (), {2}, SIZE)
    again = answer_of(SuggestedPoints("m", "m-1", moves, points))
    assert again.targets == found.targets
    for name in ("points_xy", "scores", "class_ids"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    assert len(answer_of(SuggestedPoints("m"))) == 0


@pytest.mark.parametrize(
    "found",
    [
        answer((10, 21.236, 0.5, 1, "a"), (5, 5, 0.25, 2, "")),
        answer(),
        BoxesAnswer.of(np.array([[1, 2, 3, 4, 0.5]]), np.array([0.25]), np.array([7]), True),
        BoxesAnswer.none(),
    ],
)
def test_a_job_s_answers_are_read_as_they_were_written(found: PointsAnswer | BoxesAnswer) -> None:
    task: Task = "points" if isinstance(found, PointsAnswer) else "boxes"
    again = answer_from_json(task, answer_to_json(task, found))
    assert type(again) is type(found)
    for name, value in answer_to_json(task, found).items():
        assert answer_to_json(task, again)[name] == value
    assert again.nbytes == found.nbytes
    with pytest.raises(ValueError, match="'partition' are not stored in files"):
        answer_from_json("partition", answer_to_json(task, found))
    with pytest.raises(ValueError, match="'partition' are not stored in files"):
        answer_to_json("partition", found)


@pytest.mark.parametrize("quality", [0.75, None])
def test_a_mask_is_read_as_it_was_written(quality: float | None) -> None:
    pixels = np.zeros((6, 9), bool)
    pixels[2:4, 3:8] = pixels[3, 1] = True
    found = answer_from_json("mask", answer_to_json("mask", MaskAnswer.of(Mask.from_full(pixels), quality)))
    assert isinstance(found, MaskAnswer)
    assert found.mask.full().tolist() == pixels.tolist()
    assert found.predicted_ious == (quality,)

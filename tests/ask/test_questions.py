"""The next questions: which boxes may be asked about, in turn per class, and what the strategy knows."""

from collections.abc import Sequence

import numpy as np
import pytest
from ask_makers import pool_at, squares

from fewclicks.ask.pool import Pool
from fewclicks.ask.questions import questions
from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy
from fewclicks.ask.strategies.uncertainty import UNCERTAINTY

POOL = pool_at(
    [0.3, 0.1, 0.2, 0.5, 0.4], images=[0, 0, 1, 1, 2], class_ids=[1, 1, 1, 2, 1], features=np.arange(5)[:, None]
)


def asked(
    count: int, by_class: bool, full: Sequence[int] = (), strategy: Strategy = UNCERTAINTY, pool: Pool = POOL
) -> list[float]:
    judged = {0: squares((1.0, 50.0)), 2: squares()}
    found = questions(pool, judged, full, strategy, count, np.random.default_rng(0), by_class)
    return found.scores.tolist()


def test_nothing_that_was_judged_is_asked_again() -> None:
    assert asked(5, by_class=False) == [0.1, 0.2, 0.4, 0.5]
    assert asked(5, by_class=False, full=[1]) == [0.1, 0.4]
    assert asked(5, by_class=False, full=[0, 1, 2]) == []


def test_some_boxes_are_to_spare() -> None:
    assert asked(1, by_class=False) == [0.1, 0.2]


def test_classes_take_turns() -> None:
    assert asked(2, by_class=True) == [0.1, 0.5, 0.2, 0.4]
    assert asked(1, by_class=True) == [0.1, 0.5]


def test_an_empty_pool_has_no_questions() -> None:
    assert asked(3, by_class=True, pool=pool_at([])) == []
    assert asked(3, by_class=False, pool=pool_at([])) == []


@pytest.mark.parametrize("by_class", [False, True])
def test_a_strategy_knows_the_features_of_everything_judged(by_class: bool) -> None:
    seen: list[list[float]] = []

    def boxes(query: BoxQuery) -> np.ndarray:
        seen.append(query.known[:, 0].tolist())
        return np.arange(len(query.pool))

    def images(query: ImageQuery) -> np.ndarray:
        raise AssertionError("only boxes are asked about")

    asked(3, by_class, full=[2], strategy=Strategy("spy", "", boxes, images))
    assert seen == [[0.0, 4.0]] * (2 if by_class else 1)

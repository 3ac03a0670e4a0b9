"""Which suggestions are worth showing: by what earlier ones of their class saved."""

import numpy as np
import pytest
from ask_makers import squares

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.assist import Verified, saved, worthwhile
from fewclicks.ask.costs import Costs, Kind

SUGGESTIONS = BoxesAnswer.of(
    squares(*((10.0 * index, 50.0) for index in range(4))), np.array([0.9, 0.6, 0.5, 0.3]), np.array([1, 1, 2, 1])
)


def shown(*verified: tuple[int, float, Kind], costs: Costs | None = None) -> list[bool]:
    earlier = [Verified(*each) for each in verified]
    return worthwhile(SUGGESTIONS, earlier, 0.5, costs or Costs()).tolist()


@pytest.mark.parametrize(("kind", "seconds"), [("right", 5.4), ("corrected", -1.6), ("background", -1.6)])
def test_only_a_right_suggestion_saves_time(kind: Kind, seconds: float) -> None:
    assert saved(kind, Costs()) == pytest.approx(seconds)


def test_without_earlier_suggestions_the_given_confidence_is_enough() -> None:
    assert shown() == [True, True, True, False]


def test_each_class_begins_where_its_suggestions_saved_most() -> None:
    bad: tuple[tuple[int, float, Kind], ...] = tuple((1, 0.7 - step / 100, "background") for step in range(5))
    assert shown((1, 0.8, "right"), *bad, (1, 0.4, "right")) == [True, False, True, False]
    assert shown((1, 0.8, "right"), *bad[:3], (1, 0.25, "right")) == [True, True, True, True]


def test_a_class_whose_suggestions_only_cost_time_is_not_shown() -> None:
    assert shown((1, 0.8, "corrected"), (1, 0.7, "background")) == [False, False, True, False]


def test_costs_decide() -> None:
    answers: list[tuple[int, float, Kind]] = [(1, 0.8, "right"), (1, 0.55, "corrected")]
    assert shown(*answers)[1] is False
    assert shown(*answers, costs=Costs(corrected=5.0))[1] is True


def test_no_suggestions() -> None:
    assert worthwhile(BoxesAnswer.none(), [Verified(1, 0.5, "right")], 0.5, Costs()).tolist() == []

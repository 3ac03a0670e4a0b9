"""Which suggestions are worth showing: by what earlier ones of their class saved."""

import numpy as np
import pytest
from ask_makers import squares

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.assist import Verified, outcomes, saved, worthwhile
from fewclicks.ask.costs import Costs, Kind

SUGGESTIONS = BoxesAnswer.of(
    squares(*((10.0 * index, 50.0) for index in range(4))), np.array([0.9, 0.6, 0.5, 0.3]), np.array([1, 1, 2, 1])
)
NEUTRAL = 0.5


def shown(*known: tuple[int, float, Kind], costs: Costs | None = None) -> list[bool]:
    return worthwhile(SUGGESTIONS, [Verified(*each) for each in known], NEUTRAL, costs or Costs()).tolist()


def many(class_id: int, score: float, kind: Kind, count: int = 40) -> list[tuple[int, float, Kind]]:
    """Suggestions whose confidences differ a little."""
    return [(class_id, score + step / 1e4, kind) for step in range(count)]


@pytest.mark.parametrize(("kind", "seconds"), [("right", 5.4), ("corrected", -1.6), ("background", -1.6)])
def test_only_a_right_suggestion_saves_time(kind: Kind, seconds: float) -> None:
    assert saved(kind, Costs()) == pytest.approx(seconds)


def test_without_known_suggestions_the_given_confidence_is_enough() -> None:
    assert shown() == [True, True, True, False]


def test_each_class_begins_where_its_suggestions_save_most() -> None:
    assert shown(*many(1, 0.7, "background")) == [True, False, True, False]
    assert shown(*many(1, 0.2, "right")) == [True, True, True, True]
    assert shown(*many(2, 0.7, "corrected")) == [True, True, False, False]


def test_a_class_whose_suggestions_only_cost_time_is_not_shown() -> None:
    assert shown(*many(1, 0.95, "background")) == [False, False, True, False]


def test_a_few_known_suggestions_do_not_outweigh_what_is_assumed() -> None:
    assert shown((1, 0.7, "background")) == shown()
    assert shown((1, 0.29, "right"), (1, 0.28, "background")) == [True, True, True, True]
    assert shown((1, 0.2, "background"), (1, 0.1, "right")) == shown()


def test_costs_decide() -> None:
    known = [*many(1, 0.8, "right"), *many(1, 0.62, "corrected")]
    assert shown(*known) == [True, False, True, False]
    assert shown(*known, costs=Costs(corrected=5.0)) == [True, True, True, False]
    assert shown(costs=Costs(verified=7.0)) == [False] * 4, "then a right suggestion saves nothing either"


def test_outcomes_of_suggestions_in_an_image_whose_objects_are_known() -> None:
    objects, classes = squares((0.0, 50.0), (10.0, 50.0), (70.0, 50.0)), np.array([1, 2, 1])
    found = outcomes(SUGGESTIONS, objects, classes)
    assert found == [
        Verified(1, 0.9, "right"),
        Verified(1, 0.6, "corrected"),
        Verified(2, 0.5, "background"),
        Verified(1, 0.3, "background"),
    ]


def test_a_second_suggestion_of_an_object_is_background() -> None:
    twice = BoxesAnswer.of(squares((0.0, 50.0), (1.0, 50.0)), np.array([0.9, 0.8]), np.array([1, 1]))
    assert [each.kind for each in outcomes(twice, squares((1.0, 50.0)), np.array([1]))] == ["right", "background"]


def test_no_suggestions() -> None:
    assert worthwhile(BoxesAnswer.none(), [Verified(1, 0.5, "right")], NEUTRAL, Costs()).tolist() == []

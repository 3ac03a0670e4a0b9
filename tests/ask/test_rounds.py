"""Rounds of questions with a simulated person and a model that finds everything."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from ask_makers import FakeLearner, Found, image_of

from fewclicks.ask.costs import Costs
from fewclicks.ask.queries.rounds import Level, Plan, Run
from fewclicks.ask.state import Teaching
from fewclicks.ask.strategies.random import RANDOM
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.errors import InputError

IMAGES = tuple(image_of((20.0, 50.0), (50.0, 50.0), class_ids=[1, 2], name=f"{number}.png") for number in range(5))


def plan(level: Level, per_round: int | None = 4, **changes: object) -> Plan:
    made = Plan(level, RANDOM, 3, per_round, 0.1, 0.4, Teaching())
    return replace(made, **changes)  # type: ignore[arg-type]


def run_of(
    plan: Plan, found: Found | None = None, images: Sequence[BoxedImage] = IMAGES
) -> tuple[Run[Found], FakeLearner]:
    learner = FakeLearner(found or Found(images))
    return Run(learner, images, plan, Costs(), lambda finder: 0.5, seed=0), learner


def test_the_first_images_are_drawn_by_hand() -> None:
    run, learner = run_of(plan("box"))
    point = run.begin_with_images(2)
    assert (point.totals.boxes, point.totals.seconds, point.map50, point.recall) == (4, 4 * 7 + 2 * 4, 0.5, None)
    assert [lesson.is_full for lesson in learner.lessons[0]] == [True, True]


def test_all_strategies_begin_with_the_same_images() -> None:
    first = [run_of(plan(level))[0] for level in ("box", "image", "assisted")]
    for run in first:
        run.begin_with_images(2)
    assert len({tuple(entry.image for entry in run.ledger.entries) for run in first}) == 1


def test_boxes_are_asked_about_until_the_round_is_full() -> None:
    run, learner = run_of(plan("box"))
    run.begin_with_images(2)
    point = run.advance(1)
    assert point is not None
    assert point.totals.answers == 4 + 4
    assert point.recall == 1
    asked = run.ledger.entries[-4:]
    assert {entry.round for entry in asked} == {1}
    assert all(not run.states[entry.image].is_full for entry in asked)
    partly = [lesson for lesson in learner.lessons[1] if not lesson.is_full]
    assert partly
    assert not any(lesson.noisy.any() for lesson in partly)
    assert sum(len(lesson.boxes) for lesson in partly) == point.totals.boxes - 4


def test_nothing_is_asked_twice_and_the_pool_ends() -> None:
    run, _ = run_of(plan("box", 100))
    run.begin_with_images(2)
    point = run.advance(1)
    assert point is not None
    assert (point.totals.boxes, point.totals.answers) == (4 + 6, 4 + 9), "each of three images has a box of nothing"
    assert run.advance(2) is None


def test_areas_around_boxes_are_looked_over() -> None:
    """The model misses every second object; the areas around the others contain them."""
    images = tuple(image_of((20.0, 50.0), (32.0, 50.0), (80.0, 50.0), name=f"{number}.png") for number in range(4))
    halves = tuple(image_of((20.0, 50.0)) for _ in images)
    run, learner = run_of(plan("box", 2, areas=1.0), Found(halves, background=False), images)
    run.begin_with_images(1)
    run.advance(1)
    asked = run.ledger.entries[-6:]
    assert [entry.kind for entry in asked] == ["right", "look", "drawn"] * 2
    assert [entry.strategy for entry in asked] == ["random", "areas", "areas"] * 2
    partly = [lesson for lesson in learner.lessons[1] if not lesson.is_full]
    assert [lesson.known.tolist() for lesson in partly] == [[[5, 35, 35, 65]]] * 2
    assert [len(lesson.boxes) for lesson in partly] == [2, 2]


def test_suggestions_in_an_area_are_verified_before_it_is_looked_over() -> None:
    """The model finds both objects of each image; those that are worth showing are not drawn."""
    images = tuple(image_of((20.0, 50.0), (32.0, 50.0), name=f"{number}.png") for number in range(3))
    kinds = []
    for shown in (0.4, 1.0):
        run, _ = run_of(plan("box", 1, areas=1.0, shown=shown), Found(images, background=False), images)
        run.begin_with_images(1)
        run.advance(1)
        kinds.append([(entry.kind, entry.strategy) for entry in run.ledger.entries[-3:]])
    assert kinds[0] == [("right", "random"), ("right", "areas"), ("look", "areas")]
    assert kinds[1] == [("right", "random"), ("look", "areas"), ("drawn", "areas")]


def test_images_are_labelled_until_they_have_enough_objects() -> None:
    run, learner = run_of(plan("image", 3))
    run.begin_with_images(1)
    point = run.advance(1)
    assert point is not None
    assert point.totals.boxes == 2 + 4
    assert sum(lesson.is_full for lesson in learner.lessons[1]) == 3


def test_assisted_images_give_the_same_labels_for_fewer_seconds() -> None:
    points = []
    for level in ("image", "assisted"):
        run, _ = run_of(plan(level, 3))
        run.begin_with_images(1)
        points.append(run.advance(1))
        assert sum(len(state.boxes) for state in run.states) == 6
    by_hand, assisted = points
    assert by_hand is not None
    assert assisted is not None
    assert by_hand.totals.boxes == assisted.totals.boxes
    assert assisted.totals.seconds == pytest.approx(2 * 7 + 4 + 2 * (4 + 3 * 1.6))
    assert by_hand.totals.seconds == 2 * 7 + 4 + 2 * (4 + 2 * 7)


def test_suggestions_that_are_not_confident_are_not_shown() -> None:
    run, _ = run_of(plan("assisted", 3, adapt_shown=False), Found(IMAGES, score=0.3))
    run.begin_with_images(1)
    run.advance(1)
    assert {entry.kind for entry in run.ledger.entries} == {"look", "drawn"}


ROWS = tuple(image_of(*((10.0 * x, 50.0) for x in range(1, 10)), name=f"{number}.png") for number in range(3))
"""Images of nine objects each."""


@pytest.mark.parametrize("adapt", [False, True])
def test_suggestions_that_cost_time_are_not_shown_in_later_images(adapt: bool) -> None:
    run, _ = run_of(plan("assisted", 9, adapt_shown=adapt), Found(ROWS, off=3.0, background=False), ROWS)
    run.begin_with_images(1)
    kinds = []
    for number in (1, 2):
        run.advance(number)
        kinds.append({entry.kind for entry in run.ledger.entries if entry.round == number})
    assert kinds == [{"corrected", "look"}, {"drawn", "look"} if adapt else {"corrected", "look"}]


def test_finished_images_tell_that_hidden_suggestions_are_right() -> None:
    run, _ = run_of(plan("assisted", 18), Found(ROWS, score=0.3, background=False), ROWS)
    run.begin_with_images(1)
    run.advance(1)
    kinds = [entry.kind for entry in run.ledger.entries if entry.round == 1]
    assert kinds == ["look", *["drawn"] * 9, *["right"] * 9, "look"]


def test_each_round_asks_as_much_as_was_labelled_before() -> None:
    images = tuple(image_of(*((10.0 * x, 50.0) for x in range(1, 9)), name=f"{number}.png") for number in range(20))
    for level in ("box", "image", "assisted"):
        run, _ = run_of(plan(level, None), Found(images, background=False), images)
        totals = [run.begin_with_images(2).totals.boxes]
        for number in (1, 2):
            point = run.advance(number)
            assert point is not None
            totals.append(point.totals.boxes)
        assert totals == ([16, 36, 72] if level == "box" else [16, 40, 80]), "at least 20; images are finished"


def test_a_start_with_clicks_needs_no_labelled_image() -> None:
    run, learner = run_of(plan("box"))
    point = run.begin_with_clicks({1: 2, 3: 1}, Found(IMAGES))
    assert (point.totals.boxes, point.totals.seconds) == (0, 2 * 4 + 3 * 3)
    assert learner.lessons == []
    assert run.advance(1) is not None
    assert len(learner.lessons) == 1


def test_a_round_trains_from_nothing_or_from_the_last_model() -> None:
    for from_last in (False, True):
        run, learner = run_of(plan("box", from_last=from_last))
        run.begin_with_images(1)
        run.advance(1)
        assert (learner.starts[1] is not None) == from_last


def test_a_fixed_pool_is_predicted_once() -> None:
    class Counting(Found):
        count = 0

        def answer(self, number: int, lowest_score: float):  # type: ignore[no-untyped-def]
            Counting.count += 1
            return super().answer(number, lowest_score)

    run, _ = run_of(plan("box", fixed_pool=True), Counting(IMAGES))
    run.begin_with_images(1)
    run.advance(1)
    run.advance(2)
    assert Counting.count == len(IMAGES)


def test_questions_in_turn_ask_about_rare_classes() -> None:
    images = tuple(image_of(*((10.0 * x, 50.0) for x in range(1, 9)), class_ids=[2] + [1] * 7) for _ in range(5))
    run, _ = run_of(plan("box", in_turn=True), Found(images, background=False), images)
    run.begin_with_images(1)
    run.advance(1)
    counts = np.bincount(np.concatenate([state.class_ids for state in run.states if not state.is_full]))
    assert counts.tolist() == [0, 2, 2]


@pytest.mark.parametrize(
    ("level", "found", "initial", "problem"),
    [
        ("box", Found(IMAGES, score=0.05), 1, "no predicted box has a confidence of 0.1, so there is nothing to ask; "),
        ("image", Found(IMAGES), 5, "every image is labelled already"),
        ("box", Found(IMAGES), 9, "every image is labelled already"),
    ],
)
def test_an_empty_pool(level: Level, found: Found, initial: int, problem: str) -> None:
    run, _ = run_of(plan(level), found)
    run.begin_with_images(initial)
    with pytest.raises(InputError, match=problem):
        run.advance(1)


def test_only_background() -> None:
    run, _ = run_of(plan("box"), Found(IMAGES, off=15.0))
    run.begin_with_clicks({0: 1}, Found(IMAGES, off=15.0))
    with pytest.raises(
        InputError, match="all 4 answers were background, so there is no box to train on; raise --per-round"
    ):
        run.advance(1)

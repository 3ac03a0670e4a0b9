"""The oracle's rule, what answers change and teach, and what they cost."""

import numpy as np
import pytest
from ask_makers import SIZE, image_of, pool_at, squares

from fewclicks.answers import BoxesAnswer
from fewclicks.ask.areas import area_around
from fewclicks.ask.assist import Verified
from fewclicks.ask.costs import Costs
from fewclicks.ask.ledger import Entry, Ledger, Totals
from fewclicks.ask.oracle import judge
from fewclicks.ask.queries.person import (
    answer_box,
    draw_image,
    is_judged,
    look_over,
    starting_clicks,
    verify,
    verify_image,
)
from fewclicks.ask.state import ImageState, Teaching, teach

OBJECTS = squares((50.0, 50.0), (80.0, 50.0))
CLASSES = np.array([1, 2])
NOTHING = np.zeros((0, 5))


@pytest.mark.parametrize(
    ("x", "class_id", "kind", "which"),
    [
        (50.0, 1, "right", 0),
        (51.7, 1, "right", 0),  # IoU 8.3 / 11.7 = .709
        (51.8, 1, "corrected", 0),  # .695
        (50.0, 2, "corrected", 0),  # the class is wrong
        (53.3, 1, "corrected", 0),  # .504
        (53.4, 1, "background", -1),  # .493
        (78.0, 1, "corrected", 1),  # the other object
    ],
)
def test_the_rule_of_the_oracle(x: float, class_id: int, kind: str, which: int) -> None:
    verdict = judge(squares((x, 50.0))[0], class_id, OBJECTS, CLASSES)
    assert (verdict.kind, verdict.which) == (kind, which)
    expected = OBJECTS[which] if kind == "corrected" else squares((x, 50.0))[0]
    assert verdict.box.tolist() == expected.tolist()
    assert verdict.class_id == (CLASSES[which] if kind != "background" else class_id)


def test_without_objects_everything_is_background() -> None:
    assert judge(OBJECTS[0], 1, NOTHING, np.zeros(0, np.int64)).kind == "background"


def test_a_second_box_of_a_labelled_object_is_background() -> None:
    image, state = image_of((50.0, 50.0)), ImageState(3, SIZE)
    state, first = answer_box(state, image, squares((52.0, 50.0))[0], 1)
    state, second = answer_box(state, image, squares((47.0, 50.0))[0], 1)
    assert (first, second) == (["corrected"], ["background"])
    assert state.boxes.tolist() == image.boxes.tolist()
    assert state.background.tolist() == squares((47.0, 50.0)).tolist()


def test_a_box_that_is_right_keeps_its_predicted_place() -> None:
    state, _ = answer_box(ImageState(0, SIZE), image_of((50.0, 50.0)), squares((51.0, 50.0))[0], 1)
    assert state.boxes.tolist() == squares((51.0, 50.0)).tolist()


def test_an_image_drawn_by_hand_has_all_objects_once() -> None:
    image = image_of((50.0, 50.0), (80.0, 50.0), class_ids=[1, 2])
    state, kinds = draw_image(ImageState(0, SIZE).with_object(squares((51.0, 50.0))[0], 1), image)
    assert kinds == ["look", "drawn"]
    assert state.is_full
    assert state.class_ids.tolist() == [1, 2]


def test_two_objects_under_one_box_are_still_drawn() -> None:
    image = image_of((50.0, 50.0), (51.0, 50.0))
    assert draw_image(ImageState(0, SIZE).with_object(image.boxes[0], 1), image)[1] == ["look", "drawn"]


def test_an_assisted_image_costs_verification_and_what_is_missing() -> None:
    image = image_of((20.0, 50.0), (50.0, 50.0), (80.0, 50.0))
    boxes = squares((20.0, 50.0), (21.0, 50.0), (52.0, 50.0), (5.0, 5.0))
    suggestions = BoxesAnswer.of(boxes, np.full(4, 0.9), np.ones(4, np.int64))
    state, kinds = verify_image(ImageState(0, SIZE), image, suggestions)
    assert kinds == ["right", "corrected", "background", "look", "drawn"], "the second box is of the first object"
    assert state.is_full
    assert state.exact.tolist() == [False, True, True], "the first box stands as it was predicted"
    verified, answers = verify(ImageState(0, SIZE), image, suggestions)
    assert answers == [Verified(1, 0.9, kind) for kind in ("right", "corrected", "background")]
    assert (len(verified.boxes), verified.is_full) == (2, False)


def test_costs_in_three_ways() -> None:
    ledger = Ledger(Costs())
    ledger.add([Entry(0, kind, 1, "random") for kind in ("drawn", "right", "corrected", "background", "click", "look")])
    totals = ledger.totals()
    assert (totals.boxes, totals.answers) == (3, 4)
    assert totals.seconds == pytest.approx(7 + 1.6 + 8.6 + 1.6 + 3 + 4)
    assert Ledger(Costs()).totals() == Totals(0, 0, 0)


def test_costs_can_be_changed() -> None:
    ledger = Ledger(Costs(verified=0.0))
    ledger.add([Entry(0, "right", 1, "random"), Entry(0, "background", 1, "random")])
    assert ledger.totals().seconds == 0


def test_starting_clicks_are_on_objects_of_each_class() -> None:
    images = (image_of((50.0, 50.0), (80.0, 50.0), class_ids=[1, 1]), image_of((30.0, 30.0), class_ids=[2]))
    clicks = starting_clicks(images, 2, np.random.default_rng(0))
    assert {(number, click.x, click.class_id) for number, own in clicks.items() for click in own} == {
        (0, 50.0, 1),
        (0, 80.0, 1),
        (1, 30.0, 2),
    }
    assert sum(map(len, starting_clicks(images, 1, np.random.default_rng(0)).values())) == 2


@pytest.mark.parametrize(
    ("box", "area"),
    [
        ([50.0, 50, 10, 4, 0], [35.0, 35, 65, 65]),
        ([5.0, 95, 10, 10, 0], [0.0, 80, 20, 100]),
        ([50.0, 50, 10, 10, np.pi / 4], [50 - 15 * 2**0.5, 50 - 15 * 2**0.5, 50 + 15 * 2**0.5, 50 + 15 * 2**0.5]),
    ],
)
def test_an_area_is_around_a_box_and_in_the_image(box: list[float], area: list[float]) -> None:
    assert area_around(np.array(box), SIZE).tolist() == pytest.approx(area)


def test_an_object_at_the_border_of_an_area_is_drawn() -> None:
    image = image_of((20.0, 50.0), (34.0, 50.0), (45.0, 50.0))
    state, kinds = look_over(ImageState(0, SIZE), image, np.array([0.0, 0, 30, 100]))
    assert kinds == ["look", "drawn", "drawn"], "the second one begins at 29, the third one at 40"
    assert not state.is_full
    assert look_over(state, image, np.array([0.0, 0, 30, 100]))[1] == ["look"]


def state() -> ImageState:
    labelled = ImageState(0, SIZE).with_object(squares((50.0, 80.0))[0], 2)
    return labelled.with_background(squares((5.0, 5.0))[0])


def test_confident_predictions_teach_with_a_weight_and_doubtful_ones_not_at_all() -> None:
    lesson = teach(state(), pool_at([0.9, 0.4, 0.3]), NOTHING, Teaching(0.25, 0.4, ignore_unjudged=True))
    assert lesson.weights.tolist() == [1, 0.25, 0.25]
    assert lesson.noisy.tolist() == [False, True, True]
    assert lesson.class_ids.tolist() == [2, 1, 1]
    assert lesson.ignored[:, 0].tolist() == [40.0]
    assert lesson.background.tolist() == squares((5.0, 5.0)).tolist()
    assert lesson.known.shape == (0, 4)


def test_by_default_predictions_teach_nothing_and_the_rest_is_background() -> None:
    lesson = teach(state(), pool_at([0.9, 0.3]), NOTHING, Teaching(), frozenset({1}))
    assert lesson.noisy.tolist() == [False]
    assert len(lesson.ignored) == 2
    assert (len(lesson.known), lesson.searched) == (0, {1})
    sure = teach(state(), pool_at([1.0]), NOTHING, Teaching())
    assert not sure.noisy.any()


def test_as_in_the_paper_everything_else_is_background() -> None:
    lesson = teach(state(), pool_at([0.9, 0.1]), NOTHING, Teaching(0.5, 0.0))
    assert lesson.weights.tolist() == [1, 0.5, 0.5]
    assert len(lesson.ignored) == 0
    assert lesson.searched is None


def test_areas_that_were_looked_over_are_known() -> None:
    area = np.array([10.0, 10.0, 40.0, 40.0])
    lesson = teach(state().looked_over(area), pool_at([]), NOTHING, Teaching(ignore_unjudged=True))
    assert lesson.known.tolist() == [area.tolist()]


def test_predictions_in_an_area_that_was_looked_over_are_background() -> None:
    seen = state().looked_over(np.array([0.0, 40.0, 30.0, 60.0]))
    lesson = teach(seen, pool_at([0.9, 0.2, 0.9, 0.2]), NOTHING, Teaching(pseudo=0.4))
    assert lesson.boxes[lesson.noisy, 0].tolist() == [40.0]
    assert lesson.ignored[:, 0].tolist() == [60.0]
    assert is_judged(seen, squares((20.0, 50.0))[0])
    assert not is_judged(seen, squares((40.0, 50.0))[0])


@pytest.mark.parametrize(("tolerant", "expected"), [(True, [True, False]), (False, [True, True])])
@pytest.mark.parametrize("is_full", [False, True])
def test_only_boxes_that_somebody_drew_count_as_exact(tolerant: bool, expected: list[bool], is_full: bool) -> None:
    drawn, confirmed = squares((20.0, 50.0), (80.0, 50.0))
    state = ImageState(0, SIZE).with_object(drawn, 1).with_object(confirmed, 1, exact=False)
    lesson = teach(state.completed() if is_full else state, pool_at([]), NOTHING, Teaching(tolerant=tolerant))
    assert lesson.exact.tolist() == expected


def test_a_full_image_has_no_noisy_boxes_and_no_unknown_area() -> None:
    ignored = squares((70.0, 70.0))
    lesson = teach(state().completed(), pool_at([0.9]), ignored, Teaching())
    assert lesson.is_full
    assert not lesson.noisy.any()
    assert lesson.known.tolist() == [[0, 0, 100, 100]]
    assert lesson.ignored.tolist() == ignored.tolist()

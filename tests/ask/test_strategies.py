"""Strategies: which boxes and images each picks, in which order."""

import numpy as np
import pytest
from ask_makers import pool_at

from fewclicks.ask.costs import Costs
from fewclicks.ask.strategies.coreset import CORESET, farthest
from fewclicks.ask.strategies.gain import ENOUGH, GAIN, LOOKED_THROUGH
from fewclicks.ask.strategies.random import RANDOM
from fewclicks.ask.strategies.registry import get_strategy, strategies
from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy
from fewclicks.ask.strategies.threshold import THRESHOLD
from fewclicks.ask.strategies.turns import in_turn
from fewclicks.ask.strategies.uncertainty import UNCERTAINTY
from fewclicks.errors import InputError, NotFoundError

ALL = (RANDOM, UNCERTAINTY, CORESET, THRESHOLD, GAIN)
NO_FEATURES = np.zeros((0, 0), np.float32)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def boxes(strategy: Strategy, scores: list[float], count: int, features: np.ndarray | None = None) -> list[int]:
    known = np.zeros((0, 0 if features is None else features.shape[1]), np.float32)
    query = BoxQuery(pool_at(scores, features=features), count, known, rng())
    return strategy.boxes(query).tolist()


def images(
    strategy: Strategy,
    scores: list[float],
    of: list[int],
    count: int,
    class_ids: list[int] | None = None,
    labelled: dict[int, int] | None = None,
    random: np.random.Generator | None = None,
) -> list[int]:
    features = np.array([[0.0], [1.0], [10.0], [4.0]], np.float32)
    pool, known = pool_at(scores, of, class_ids), features[[0] * LOOKED_THROUGH]
    query = ImageQuery(np.array([5, 6, 7, 8]), pool, features, known, labelled or {}, Costs(), count, random or rng())
    return strategy.images(query).tolist()


def test_uncertainty_is_one_minus_the_highest_probability() -> None:
    assert boxes(UNCERTAINTY, [0.9, 0.2, 0.5, 0.2], 3) == [1, 3, 2]
    assert images(UNCERTAINTY, [0.9, 0.3, 0.5, 0.5], [5, 5, 6, 7], 4) == [1, 2, 0, 3], "means .4, .5, .5, no boxes"


def test_threshold_asks_where_objects_and_background_meet() -> None:
    assert boxes(THRESHOLD, [0.9, 0.35, 0.41, 0.1], 3) == [2, 1, 3]
    assert images(THRESHOLD, [0.9, 0.4, 0.1], [5, 6, 7], 4) == [1, 2, 0, 3]


def test_random_picks_each_at_most_once() -> None:
    picked = boxes(RANDOM, [0.5] * 20, 15)
    assert len(set(picked)) == 15
    assert picked != sorted(picked)
    assert sorted(images(RANDOM, [], [], 9)) == [0, 1, 2, 3]


def test_coreset_picks_what_is_farthest_from_everything_picked() -> None:
    features = np.array([[0.0], [10.0], [9.0], [4.0]])
    assert boxes(CORESET, [0.5] * 4, 4, features) == [0, 1, 3, 2], "the first one is farthest from the mean, 5.75"
    assert images(CORESET, [], [], 3) == [2, 3, 1], "image 0 is known"


def test_gain_prefers_images_with_rare_classes() -> None:
    of, classes = [5, 5, 6, 7], [1, 1, 1, 2]
    assert images(GAIN, [0.9, 0.9, 0.9, 0.5], of, 1, classes, {1: 20, 2: 1}) == [2]
    assert images(GAIN, [0.9, 0.9, 0.9, 0.5], of, 1, classes, {1: 1, 2: 20}) == [0]


def test_gain_prefers_many_objects_for_a_look_while_a_class_is_unknown() -> None:
    assert images(GAIN, [0.9, 0.1, 0.1], [5, 6, 7], 1, [1, 1, 2], {}) == [0]


def test_what_a_picked_image_is_expected_to_have_counts_as_labelled() -> None:
    """Without earlier picks, all images of class 1 would come before that of class 2."""
    picked = images(GAIN, [0.9, 0.9, 0.9, 0.8], [5, 6, 7, 8], 4, [1, 1, 1, 2], {1: 0, 2: 0})
    assert picked[0] == 0
    assert picked[2] == (1 if picked[1] == 3 else 3)
    assert sorted(picked) == [0, 1, 2, 3]


def test_every_second_image_of_gain_is_a_random_one() -> None:
    """The last image has no expected object, so it never comes second by its gain."""
    second = [
        images(GAIN, [0.9, 0.8, 0.7], [5, 6, 7], 2, [1, 1, 1], {}, np.random.default_rng(seed))[1] for seed in range(20)
    ]
    assert set(second) == {1, 2, 3}


@pytest.mark.parametrize(
    ("labelled", "finished", "firsts"),
    [
        ({1: ENOUGH, 2: ENOUGH - 1}, LOOKED_THROUGH - 1, {0, 1, 2, 3}),
        ({1: ENOUGH, 2: ENOUGH - 1}, LOOKED_THROUGH, {0}),
        ({1: ENOUGH, 2: ENOUGH}, 1, {0}),
        ({}, 1, {0, 1, 2, 3}),
    ],
)
def test_gain_is_random_while_a_class_has_few_labelled_objects(
    labelled: dict[int, int], finished: int, firsts: set[int]
) -> None:
    assert {picks_of(labelled, finished, seed)[0] for seed in range(30)} == firsts


def test_gain_decides_after_the_images_to_look_through() -> None:
    """One more image is random; then comes the one with most to gain, unless it was that one."""
    picked = [picks_of({1: ENOUGH - 1}, LOOKED_THROUGH - 1, seed) for seed in range(30)]
    assert {each[0] for each in picked} == {0, 1, 2, 3}
    assert {each[2] for each in picked if 0 not in each[:2]} == {0}
    assert all(sorted(each) == [0, 1, 2, 3] for each in picked)


def picks_of(labelled: dict[int, int], finished: int, seed: int) -> list[int]:
    """The order of four images, of which the first is expected to contain most."""
    pool, features, known = pool_at([0.9, 0.1], [5, 6], [1, 1]), np.zeros((4, 0)), np.zeros((finished, 0))
    images, random = np.array([5, 6, 7, 8]), np.random.default_rng(seed)
    query = ImageQuery(
        images, pool, features.astype(np.float32), known.astype(np.float32), labelled, Costs(), 4, random
    )
    return GAIN.images(query).tolist()


def test_gain_asks_about_confident_boxes_of_rare_classes() -> None:
    pool = pool_at([0.9, 0.8, 0.7, 0.5], class_ids=[1, 1, 1, 2])
    assert GAIN.boxes(BoxQuery(pool, 3, NO_FEATURES, rng())).tolist() == [3, 0, 1]


@pytest.mark.parametrize("known", [0, 1, 200])
def test_coreset_is_the_greedy_algorithm(known: int) -> None:
    """By definition: the largest distance to the nearest of everything known or picked."""
    generator = np.random.default_rng(known)
    features, before = (generator.normal(size=(count, 5)).astype(np.float32) for count in (40, known))
    picked = farthest(features, before, 12).tolist()
    first = 0 if known else 1
    for place in range(first, len(picked)):
        others = np.concatenate([before, features[picked[:place]]])
        distances = np.linalg.norm(features[:, None] - others, axis=2).min(1)
        assert distances[picked[place]] == pytest.approx(distances.max(), abs=1e-4)
    assert len(set(picked)) == 12


def test_coreset_of_equal_features_picks_each_once() -> None:
    assert sorted(farthest(np.ones((4, 2), np.float32), np.zeros((0, 2), np.float32), 9).tolist()) == [0, 1, 2, 3]


def test_coreset_without_features_says_what_to_do() -> None:
    with pytest.raises(
        InputError, match="the strategy coreset needs features of boxes, but this model has none; use another"
    ):
        boxes(CORESET, [0.5], 1)


@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: strategy.name)
def test_an_empty_pool_has_no_picks(strategy: Strategy) -> None:
    assert boxes(strategy, [], 5) == []
    query = ImageQuery(np.zeros(0, np.int64), pool_at([]), NO_FEATURES, NO_FEATURES, {1: 3}, Costs(), 5, rng())
    assert strategy.images(query).tolist() == []


def test_questions_in_turn_alternate_between_classes_and_keep_their_order() -> None:
    classes = np.array([1, 1, 1, 2, 2, 3])
    assert in_turn(np.array([2, 0, 1, 5, 4, 3]), classes).tolist() == [2, 5, 4, 0, 3, 1]
    assert in_turn(np.array([4, 1]), classes).tolist() == [4, 1]
    assert in_turn(np.zeros(0, np.int64), classes).tolist() == []


def test_the_installed_strategies_are_found_by_name() -> None:
    assert {each.name for each in ALL} <= set(strategies())
    assert get_strategy("coreset") is CORESET
    with pytest.raises(NotFoundError, match=r"no strategy 'magic'; use one of .*random"):
        get_strategy("magic")

"""Precision and recall: the greatest number of pairs, found by trying all ways."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from points_makers import found, truth_of

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.pairing import Pairs, in_all, paired
from fewclicks.simulation.points.truth import PointTruth


def pairs_of(points: PointsAnswer, truth: PointTruth, tau: float = 0.5) -> Pairs:
    return in_all(paired(points, truth, tau).values())


def test_each_point_and_object_is_used_once() -> None:
    truth = truth_of((10, 10, 8, 8), (40, 40, 8, 8))
    points = found((10.0, 10.0), (11.0, 10.0), (90.0, 90.0), scores=[1, 1, 1])
    assert pairs_of(points, truth) == Pairs(1, 3, 2)
    assert (Pairs(1, 3, 2).precision, Pairs(1, 3, 2).recall) == (pytest.approx(1 / 3), 0.5)


def test_as_many_pairs_as_possible() -> None:
    """The nearest object of the first point is the only one of the second: greedy finds one pair."""
    truth = truth_of((10, 10, 10, 10), (16, 10, 10, 10))
    points = found((12.0, 10.0), (6.0, 10.0), scores=[0.9, 0.8])
    assert pairs_of(points, truth) == Pairs(2, 2, 2)


def test_another_class_is_no_pair() -> None:
    truth = truth_of((10, 10, 8, 8), class_ids=[1])
    by_class = paired(found((10.0, 10.0), scores=[1], class_ids=[2]), truth)
    assert by_class == {1: Pairs(0, 0, 1), 2: Pairs(0, 1, 0)}


def test_the_limit_is_within() -> None:
    truth = truth_of((8, 8, 4, 2))
    assert pairs_of(found((10.0, 8.0), scores=[1]), truth).pairs == 1
    assert pairs_of(found((8.0, 9.0), scores=[1]), truth).pairs == 1
    assert pairs_of(found((8.0, 9.001), scores=[1]), truth).pairs == 0


def test_nothing_has_no_precision() -> None:
    assert (Pairs().precision, Pairs().recall) == (None, None)
    assert pairs_of(found(scores=[]), truth_of()) == Pairs()


def test_points_on_ignored_objects_are_no_mistakes() -> None:
    truth = truth_of((10, 10, 8, 8), (12, 10, 8, 8), ignored=[False, True])
    points = found((10.0, 10.0), (11.0, 10.0), (12.0, 10.0), (50.0, 50.0), scores=[1, 1, 1, 1])
    assert pairs_of(points, truth) == Pairs(1, 2, 1)


def test_a_point_on_an_ignored_object_leaves_the_object_to_another_point() -> None:
    truth = truth_of((10, 10, 8, 8), (14, 10, 8, 8), ignored=[False, True])
    points = found((12.0, 10.0), (7.0, 10.0), scores=[1, 1])
    assert pairs_of(points, truth) == Pairs(1, 1, 1)


places = st.tuples(st.integers(0, 10).map(float), st.integers(0, 10).map(float))
boxes = st.lists(st.tuples(places, st.integers(1, 12), st.booleans()), max_size=4)


@given(st.lists(places, max_size=5), boxes)
def test_it_is_the_best_of_all_ways(points: list[tuple[float, float]], objects: list) -> None:  # type: ignore[type-arg]
    truth = truth_of(*((*place, side, side) for place, side, _ in objects), ignored=[each[2] for each in objects])
    answer = found(*points, scores=[1.0] * len(points))
    assert pairs_of(answer, truth) == _best_of_all(answer, truth)


def _best_of_all(points: PointsAnswer, truth: PointTruth) -> Pairs:
    """Give each point an object or none; of the most pairs, keep the fewest points that count."""
    near = [
        np.hypot(*((point - truth.centres_xy) / truth.sides_wh).T) <= 0.5 if len(truth.ignored) else np.zeros(0, bool)
        for point in points.points_xy
    ]
    wanted = [[i for i in range(len(truth.ignored)) if row[i] and not truth.ignored[i]] for row in near]
    on_ignored = [bool((row & truth.ignored).any()) for row in near]
    best = (0, 0)
    for way in product(*([None, *each] for each in wanted)):
        used = [each for each in way if each is not None]
        if len(set(used)) == len(used):
            spare = sum(each is None and group for each, group in zip(way, on_ignored, strict=True))
            best = max(best, (len(used), spare))
    return Pairs(best[0], len(points) - best[1], int((~truth.ignored).sum()))

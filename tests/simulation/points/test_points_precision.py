"""Average precision of points: known answers, ties, and a slow implementation beside it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from points_makers import found, truth_of

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.precision import TAUS, average_precision, match
from fewclicks.simulation.points.truth import PointTruth, near_objects, object_counts

A, B, FAR = (10.0, 10.0), (40.0, 40.0), (90.0, 90.0)
BOX_A, BOX_B = (*A, 8.0, 4.0), (*B, 8.0, 8.0)


def precision_of(*images: tuple[PointsAnswer, PointTruth], tau: float = 1.0) -> float:
    matches = [match(points, truth, (tau,)) for points, truth in images]
    return float(average_precision(matches, object_counts(truth for _, truth in images))[0][0])


def test_a_distance_counts_in_sides_of_the_box() -> None:
    points = np.array([[14.0, 12.0], [10.0, 14.0]])
    of_point, objects, away = near_objects(points, truth_of(BOX_B, BOX_A), 5.0)
    assert (of_point.tolist(), objects.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1])
    expected = [math.hypot(26 / 8, 28 / 8), math.hypot(0.5, 0.5), math.hypot(30 / 8, 26 / 8), 1.0]
    assert away == pytest.approx(expected)
    assert near_objects(points, truth_of(BOX_B, BOX_A), 1.0)[1].tolist() == [1, 1]


def test_all_found_is_one_and_nothing_found_is_zero() -> None:
    truth = truth_of(BOX_A, BOX_B, class_ids=[0, 4])
    assert precision_of((found(A, B, scores=[0.2, 0.9], class_ids=[0, 4]), truth)) == 1
    assert precision_of((found(scores=[]), truth)) == 0
    assert precision_of((found(A, B, scores=[1, 1], class_ids=[4, 0]), truth)) == 0


def test_the_limit_is_within() -> None:
    at_the_limit = found((14.0, 10.0), scores=[1])
    assert precision_of((at_the_limit, truth_of(BOX_A)), tau=0.5) == 1
    assert precision_of((at_the_limit, truth_of(BOX_A)), tau=0.499) == 0


def test_five_taus_at_once() -> None:
    """3 of 8 pixels away: 0.375."""
    matches = [match(found((43.0, 40.0), scores=[1]), truth_of(BOX_B))]
    mean, by_class = average_precision(matches, {0: 1})
    assert mean.tolist() == [0, 0, 1, 1, 1]
    assert by_class[0].tolist() == [0, 0, 1, 1, 1]


def test_a_further_point_on_an_object_is_a_mistake() -> None:
    """Right, wrong, right: precision 1 up to a recall of 0.5, then 2/3. The first 51 of 101 recalls are up to 0.5."""
    points = found(A, (10.5, 10.0), B, scores=[0.9, 0.8, 0.7])
    assert precision_of((points, truth_of(BOX_A, BOX_B)), tau=0.5) == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_a_better_precision_at_a_higher_recall_does_not_count() -> None:
    """Wrong, right, right: precision 0 at recall 0, then 1/2 up to a recall of 0.5, though it is 2/3 later."""
    points = found(FAR, A, B, scores=[0.9, 0.8, 0.7])
    assert precision_of((points, truth_of(BOX_A, BOX_B))) == pytest.approx((50 / 2 + 50 * 2 / 3) / 101)


def test_the_nearest_free_object_is_taken() -> None:
    """The first point takes the right box, which is nearer, so the second finds the left one within tau."""
    truth = truth_of((10, 10, 10, 10), (18, 10, 10, 10))
    assert precision_of((found((15.0, 10.0), (14.0, 10.0), scores=[0.9, 0.8]), truth), tau=0.5) == 1
    assert precision_of((found((15.0, 10.0), (20.0, 10.0), scores=[0.9, 0.8]), truth), tau=0.5) < 1


def test_of_equally_near_objects_the_first_is_taken() -> None:
    truth = truth_of((10, 10, 8, 8), (18, 10, 8, 8))
    points = found((14.0, 10.0), (20.0, 10.0), scores=[0.9, 0.8])
    assert precision_of((points, truth), tau=0.5) == 1
    turned = truth_of((18, 10, 8, 8), (10, 10, 8, 8))
    assert precision_of((points, turned), tau=0.5) == pytest.approx(51 / 101)


def test_points_of_equal_confidence_keep_their_order() -> None:
    right_first = precision_of((found(A, FAR, scores=[0.5, 0.5]), truth_of(BOX_A)))
    wrong_first = precision_of((found(FAR, A, scores=[0.5, 0.5]), truth_of(BOX_A)))
    assert (right_first, wrong_first) == (1, pytest.approx(100 / 101 / 2))


def test_ignored_objects_are_neither_missed_nor_mistaken() -> None:
    truth = truth_of(BOX_A, (60, 60, 40, 40), ignored=[False, True])
    on_group = found((60.0, 60.0), (62.0, 60.0), A, scores=[0.9, 0.8, 0.5])
    assert precision_of((on_group, truth)) == 1
    assert object_counts([truth]) == {0: 1}
    beside = found((60.0, 0.0), A, scores=[0.9, 0.5])
    assert precision_of((beside, truth)) == pytest.approx(100 / 101 / 2)


def test_an_object_is_preferred_to_a_nearer_ignored_one() -> None:
    truth = truth_of((10, 10, 8, 8), (13, 10, 8, 8), ignored=[False, True])
    assert precision_of((found((13.0, 10.0), scores=[1]), truth)) == 1


def test_the_curve_goes_over_all_images() -> None:
    images = (found(FAR, scores=[0.9]), truth_of(BOX_A)), (found(B, scores=[0.5]), truth_of(BOX_B))
    assert precision_of(*images) == pytest.approx(0.5 * 50 / 101)


def test_classes_without_objects_count_nowhere_and_data_without_objects_are_refused() -> None:
    assert precision_of((found(FAR, A, scores=[1, 0.5], class_ids=[7, 0]), truth_of(BOX_A))) == 1
    with pytest.raises(ValueError, match="no objects"):
        precision_of((found(A, scores=[1]), truth_of()))


# --- beside a slow implementation -----------------------------------------------------------------

places = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda xy: (float(xy[0]), float(xy[1])))
points_found = st.lists(st.tuples(places, st.sampled_from([0.2, 0.5, 0.9]), st.integers(0, 1)), max_size=7)
objects = st.lists(
    st.tuples(places, st.integers(1, 6), st.integers(1, 6), st.integers(0, 1), st.sampled_from([False, False, True])),
    max_size=5,
)
images = st.lists(st.tuples(points_found, objects), min_size=1, max_size=3)
Image = tuple[PointsAnswer, PointTruth]


@given(images)
def test_it_is_what_the_rules_say(drawn: list[tuple[list, list]]) -> None:  # type: ignore[type-arg]
    made = [_image(points, boxes) for points, boxes in drawn]
    counts = object_counts(truth for _, truth in made)
    if not counts:
        return
    mean, by_class = average_precision([match(*image) for image in made], counts)
    for class_id in counts:
        assert by_class[class_id].tolist() == pytest.approx([_by_the_rules(made, class_id, tau) for tau in TAUS])
    assert mean == pytest.approx(np.mean(list(by_class.values()), axis=0))


@given(images)
def test_a_larger_tau_never_finds_fewer_objects_of_lone_points(drawn: list[tuple[list, list]]) -> None:  # type: ignore[type-arg]
    for points, boxes in drawn:
        hits = match(*_image(points[:1], boxes)).hits
        assert (np.diff(hits.astype(int), axis=0) >= 0).all()


def _image(points: list, boxes: list) -> Image:  # type: ignore[type-arg]
    answer = found(*(each[0] for each in points), scores=[p[1] for p in points], class_ids=[p[2] for p in points])
    rows = [(*place, float(w), float(h)) for place, w, h, _, _ in boxes]
    return answer, truth_of(*rows, class_ids=[b[3] for b in boxes], ignored=[b[4] for b in boxes])


def _by_the_rules(images: list[Image], class_id: int, tau: float) -> float:
    """One point after another, with lists."""
    judged: list[tuple[float, str]] = []
    total = 0
    for points, truth in images:
        free = {i for i in range(len(truth.ignored)) if truth.class_ids[i] == class_id and not truth.ignored[i]}
        groups = [i for i in range(len(truth.ignored)) if truth.class_ids[i] == class_id and truth.ignored[i]]
        total += len(free)
        own = [i for i in range(len(points)) if points.class_ids[i] == class_id]
        for index in sorted(own, key=lambda i: -points.scores[i]):
            away = {i: _distance(points.points_xy[index], truth, i) for i in (*free, *groups)}
            near = [i for i in sorted(free) if away[i] <= tau]
            if near:
                free.remove(min(near, key=lambda i: away[i]))
                judged.append((points.scores[index], "right"))
            elif not any(away[i] <= tau for i in groups):
                judged.append((points.scores[index], "wrong"))
    judged.sort(key=lambda each: -each[0])
    right, curve = 0, []
    for rank, (_, verdict) in enumerate(judged, start=1):
        right += verdict == "right"
        curve.append((right, right / rank))
    at = [next((p for r, p in curve if 100 * r >= step * total), 0.0) for step in range(101)]
    return sum(at) / 101


def _distance(point: np.ndarray, truth: PointTruth, index: int) -> float:
    dx, dy = (point - truth.centres_xy[index]) / truth.sides_wh[index]
    return float(np.hypot(dx, dy))

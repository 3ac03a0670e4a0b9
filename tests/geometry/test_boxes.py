import numpy as np
import pytest
from geometry_strategies import boxes
from hypothesis import given
from hypothesis import strategies as st
from shapely import box as rectangle

from fewclicks.geometry.boxes import area, meeting_pairs, nms, pairwise_iou, voted

several = st.lists(boxes(), max_size=6).map(lambda found: np.array(found, float).reshape(-1, 4))


@given(several, several)
def test_overlaps_are_those_of_shapely(a: np.ndarray, b: np.ndarray) -> None:
    ours = pairwise_iou(a, b)
    together = [pair for i, j in meeting_pairs(a, b) for pair in zip(i.tolist(), j.tolist(), strict=True)]
    assert len(set(together)) == len(together)
    assert ours.shape == (len(a), len(b))
    for i, first in enumerate(rectangle(*row) for row in a):
        for j, second in enumerate(rectangle(*row) for row in b):
            union = first.area + second.area - first.intersection(second).area
            assert np.isclose(ours[i, j], first.intersection(second).area / union if union else 0)
            assert (i, j) in together or ours[i, j] == 0


def test_a_box_without_area_overlaps_nothing_not_even_itself() -> None:
    flat = np.array([[1.0, 1.0, 5.0, 1.0]])
    assert area(flat).tolist() == [0]
    assert pairwise_iou(flat, flat).tolist() == [[0]]


def test_many_boxes_are_compared_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    low = np.random.default_rng(2).uniform(0, 30, (50, 2))
    many = np.concatenate([low, low + 8], axis=1)
    at_once = np.concatenate(list(meeting_pairs(many, many)), axis=1)
    overlapping = pairwise_iou(many, many) > 0
    assert sorted(map(tuple, at_once.T.tolist())) == sorted(map(tuple, np.argwhere(overlapping).tolist()))
    monkeypatch.setattr("fewclicks.geometry.boxes.PAIRS_AT_ONCE", 40)
    portions = list(meeting_pairs(many, many))
    assert len(portions) > 5
    assert np.array_equal(np.concatenate(portions, axis=1), at_once)


def test_of_overlapping_boxes_the_best_stays() -> None:
    found = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10], [0, 0, 9, 10]], float)
    scores = np.array([0.5, 0.9, 0.1, 0.4])
    assert nms(found, scores, 0.5).tolist() == [1, 2]
    assert nms(found, scores, 0.5, np.array([0, 1, 0, 0])).tolist() == [1, 0, 2]
    assert nms(found, scores, 0.95).tolist() == [1, 0, 3, 2]


def test_of_equal_scores_the_first_stays_and_nothing_stays_of_nothing() -> None:
    twice = np.array([[0, 0, 10, 10], [0, 0, 10, 10]], float)
    assert nms(twice, np.array([0.5, 0.5]), 0.5).tolist() == [0]
    assert nms(twice[:0], np.zeros(0), 0.5).tolist() == []


def test_boxes_that_touch_do_not_compete() -> None:
    touching = np.array([[0, 0, 10, 10], [10, 0, 20, 10]], float)
    assert nms(touching, np.array([0.5, 0.6]), 0.0).tolist() == [1, 0]


def crowd(generator: np.random.Generator, shortest: float) -> tuple[np.ndarray, np.ndarray]:
    """Boxes that overlap, and their classes."""
    size = int(generator.integers(1, 40))
    corners = generator.uniform(-5, 25, (size, 2))
    ends = corners + generator.uniform(shortest, 12, (size, 2))
    return np.concatenate([corners, ends], axis=1), generator.integers(0, 3, size)


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.4, 0.7]))
def test_what_stays_is_what_pairwise_overlaps_leave(seed: int, iou: float) -> None:
    generator = np.random.default_rng(seed)
    found, classes = crowd(generator, 0)
    size = len(found)
    scores = generator.uniform(0, 1, size) if seed % 2 else generator.choice([0.2, 0.5, 0.9], size)  # with ties
    covers = (pairwise_iou(found, found) > iou) & (classes[:, None] == classes)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable").tolist():
        if not covers[kept, index].any():
            kept.append(index)
    assert nms(found, scores, iou, classes).tolist() == kept


def test_boxes_without_area_do_not_compete() -> None:
    flat = np.array([[0, 0, 10, 0], [20, 0, 20, 5]], float)
    assert nms(flat, np.array([0.5, 0.6]), 0.5).tolist() == [1, 0]


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.4, 0.7]))
def test_what_stays_is_the_mean_of_what_it_overlaps(seed: int, iou: float) -> None:
    generator = np.random.default_rng(seed)
    found, classes = crowd(generator, 0.1)
    scores = generator.uniform(0.01, 1, len(found))
    kept = nms(found, scores, iou, classes)
    votes = (pairwise_iou(found, found) > iou) & (classes[:, None] == classes)
    expected = [np.average(found[votes[index]], axis=0, weights=scores[votes[index]]) for index in kept.tolist()]
    np.testing.assert_allclose(voted(found, scores, kept, iou, classes), expected)


def test_a_box_without_area_stays_as_it_is() -> None:
    flat = np.array([[0, 0, 10, 0], [0, 0, 10, 5]], float)
    kept, classes = np.array([0]), np.zeros(2, np.int64)
    assert voted(flat, np.array([0.5, 0.6]), kept, 0.4, classes).tolist() == [[0, 0, 10, 0]]
    assert voted(flat, np.array([0.5, 0.6]), kept[:0], 0.4, classes).shape == (0, 4)

"""RSV and offsets against hand-made examples, and the distance between neighbours against all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from points_makers import truth_of

from fewclicks.simulation.points.heat_map import heat_map
from fewclicks.simulation.points.offsets import by_size, made_worse, offsets, relative_positions, rsv
from fewclicks.simulation.points.truth import PointTruth, neighbour_distance

FOUR = truth_of(*[(10, 10, 8, 4)] * 4)


def test_rsv_is_the_root_of_the_product_of_both_variances() -> None:
    """x' is -0.25 or 0.25, y' is -0.5 or 0.5: the variances are 1/16 and 1/4."""
    corners = np.array([[8, 8], [12, 8], [8, 12], [12, 12]], float)
    assert rsv(corners, FOUR) == pytest.approx(1 / 8)
    assert relative_positions(corners, FOUR).tolist() == [[-0.25, -0.5], [0.25, -0.5], [-0.25, 0.5], [0.25, 0.5]]


def test_the_same_place_of_every_object_has_no_variance() -> None:
    truth = truth_of((10, 10, 8, 4), (50, 50, 80, 40))
    assert rsv(np.array([[12, 11], [70, 60]], float), truth) == 0
    assert rsv(np.zeros((0, 2)), truth_of()) is None


def test_an_offset_counts_in_roots_of_the_area() -> None:
    truth = truth_of((10, 10, 8, 2), (50, 50, 10, 10))
    assert offsets(np.array([[13, 14], [50, 50]], float), truth) == pytest.approx([5 / 4, 0])


def test_worse_is_more_than_a_twentieth_further() -> None:
    before = np.array([0.25, 0.25, 0.25, 0.25])
    assert made_worse(before, np.array([0.25, 0.2, 0.29, 0.31])) == 0.25
    assert made_worse(np.zeros(0), np.zeros(0)) is None


def test_sizes_are_closed_below() -> None:
    sizes = np.array([9.99, 10, 19.99, 80, 500])
    found_sizes = by_size(sizes, np.full(5, 0.3), np.array([0.4, 0.1, 0.2, 0.3, 0.5]))
    assert list(found_sizes) == ["<10", "10-20", "20-40", "40-80", ">=80"]
    assert [each["objects"] for each in found_sizes.values()] == [1, 2, 0, 0, 2]
    assert found_sizes["10-20"] == {
        "objects": 2,
        "before": pytest.approx(0.3),
        "after": pytest.approx(0.15),
        "made_worse": 0,
    }
    assert found_sizes["20-40"] == {"objects": 0, "before": None, "after": None, "made_worse": None}
    assert found_sizes[">=80"]["made_worse"] == 0.5


def test_boxes_and_points_as_ground_truth() -> None:
    boxes = PointTruth.of_boxes(np.array([[10, 20, 14, 29]], float), np.array([2]))
    assert (boxes.centres_xy.tolist(), boxes.sides_wh.tolist(), boxes.sizes.tolist()) == ([[12, 24.5]], [[4, 9]], [6])
    points = PointTruth.of_points(np.array([[3.0, 4.0]]), np.array([2]), 44.0)
    assert (points.centres_xy.tolist(), points.sides_wh.tolist()) == ([[3, 4]], [[44, 44]])


# --- neighbours -----------------------------------------------------------------------------------


def test_neighbours_are_those_of_the_same_image() -> None:
    images = [np.array([[0, 0], [3, 4], [3, 14]], float), np.array([[1, 1]], float), np.zeros((0, 2))]
    assert neighbour_distance(images) == 5  # of 5, 5, 10
    assert neighbour_distance([*images, np.array([[0, 0], [0, 8]], float)]) == 8  # of 5, 5, 8, 8, 10


@pytest.mark.parametrize("points", [[[1.0, 1.0]], [[1.0, 1.0]] * 3])
def test_a_distance_that_nobody_knows(points: list[list[float]]) -> None:
    assert neighbour_distance([np.array(points)]) is None
    assert neighbour_distance([]) is None


places = st.tuples(st.integers(0, 30), st.integers(0, 30))


@given(st.lists(st.lists(places, min_size=2, max_size=6, unique=True), min_size=1, max_size=3))
def test_neighbour_distance_is_the_median_over_all_pairs(images: list[list[tuple[int, int]]]) -> None:
    nearest = [
        min(float(np.hypot(a[0] - b[0], a[1] - b[1])) for j, b in enumerate(points) if i != j)
        for points in images
        for i, a in enumerate(points)
    ]
    assert neighbour_distance([np.array(points, float) for points in images]) == pytest.approx(np.median(nearest))


# --- heat map -------------------------------------------------------------------------------------


def test_a_cell_has_the_share_of_its_points() -> None:
    """Rows go down, columns to the right; the last point is outside the box."""
    relative = np.array([[-0.5, -0.5], [0.5, -0.5], [0.24, 0.26], [0.0, 0.6]])
    shares = heat_map(relative, bins=4)
    expected = np.zeros((4, 4))
    expected[0, 0] = expected[0, 3] = expected[3, 2] = 0.25
    assert shares.tolist() == expected.tolist()
    assert heat_map(np.zeros((0, 2))).sum() == 0

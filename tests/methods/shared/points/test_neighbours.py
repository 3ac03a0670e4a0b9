import numpy as np

from fewclicks.methods.shared.points.neighbours import Neighbours

POINTS = np.array([[0.0, 0], [3, 4], [3, 5]])


def test_nearest_point_and_its_distance() -> None:
    distances, numbers = Neighbours(POINTS).nearest(np.array([[3.0, 7], [1, 0], [60, 0]]), within=10)
    np.testing.assert_allclose(distances, [2, 1, np.inf])
    np.testing.assert_array_equal(numbers, [2, 0, 3])


def test_spacing_leaves_out_the_point_itself() -> None:
    np.testing.assert_allclose(Neighbours(POINTS).spacing(), [5, 1, 1])
    np.testing.assert_array_equal(Neighbours(POINTS[:1]).spacing(), [np.inf])


def test_points_around_a_place() -> None:
    assert sorted(Neighbours(POINTS).around(np.array([3.0, 4]), 1)) == [1, 2]
    assert sorted(Neighbours(POINTS).around(np.array([3.0, 4]), 5)) == [0, 1, 2]

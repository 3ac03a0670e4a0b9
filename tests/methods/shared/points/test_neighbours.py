import numpy as np

from fewclicks.methods.shared.points.neighbours import Neighbours

POINTS = np.array([[0.0, 0], [3, 4], [3, 5]])


def test_nearest_point_and_its_distance() -> None:
    distances, numbers = Neighbours(POINTS).nearest(np.array([[3.0, 7], [1, 0]]))
    np.testing.assert_allclose(distances, [2, 1])
    np.testing.assert_array_equal(numbers, [2, 0])


def test_a_point_is_nearest_if_no_other_is_nearer() -> None:
    rng = np.random.default_rng(0)
    points, places = rng.uniform(0, 9, (40, 2)), rng.uniform(0, 9, (500, 2))
    among, numbers = Neighbours(points), rng.integers(0, 40, 500)
    numbers[::2] = np.hypot(*(places[::2, None] - points).transpose(2, 0, 1)).argmin(1)
    nearest = np.hypot(*(places[:, None] - points).transpose(2, 0, 1)).argmin(1)
    np.testing.assert_array_equal(among.are_nearest(numbers, places), numbers == nearest)


def test_spacing_leaves_out_the_point_itself() -> None:
    np.testing.assert_allclose(Neighbours(POINTS).spacing(), [5, 1, 1])
    np.testing.assert_array_equal(Neighbours(POINTS[:1]).spacing(), [np.inf])


def test_points_around_a_place() -> None:
    assert sorted(Neighbours(POINTS).around(np.array([3.0, 4]), 1)) == [1, 2]
    assert sorted(Neighbours(POINTS).around(np.array([3.0, 4]), 5)) == [0, 1, 2]

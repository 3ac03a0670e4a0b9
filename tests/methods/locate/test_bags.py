"""Bags of points on circles (coarse point refinement, Eq. 1), and interpolation at them."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from fewclicks.methods.locate.inference.bags import circles, radii, sampled


@pytest.mark.parametrize("radius", [1, 2, 8, 25])
def test_circle_r_has_8r_points_at_equal_angles(radius: int) -> None:
    points = circles(radius)
    assert len(points) == 4 * radius * (radius + 1)
    for r in range(1, radius + 1):
        ring = points[radii(points) == r]
        assert len(ring) == 8 * r
        np.testing.assert_allclose(np.hypot(*ring.T), r)
        turns = np.diff(np.unwrap(np.arctan2(ring[:, 1], ring[:, 0])))
        np.testing.assert_allclose(turns, 2 * np.pi / (8 * r))


def test_the_first_point_of_each_circle_is_to_the_right() -> None:
    points = circles(3)
    np.testing.assert_allclose(points[[0, 8, 24]], [[1, 0], [2, 0], [3, 0]])


def test_maps_are_interpolated_bilinearly_and_go_on_beyond_the_border() -> None:
    rng = np.random.default_rng(0)
    maps = rng.random((3, 7, 9)).astype(np.float32)
    points = rng.uniform(-2, 12, (200, 2))
    wanted = [map_coordinates(each, points.T[::-1] - 0.5, order=1, mode="nearest") for each in maps]
    np.testing.assert_allclose(sampled(maps, points), wanted, atol=1e-5)

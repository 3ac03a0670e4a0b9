"""At which scale an image is read, and in which windows."""

import numpy as np
import pytest

from fewclicks.methods.shared.points.reading import LARGEST, PADDED_TO, SMALLEST, SPACING, read_at, reading_scale
from fewclicks.methods.shared.points.windows import LONGEST, MARGIN, SIDE, windows_of


def grid(spacing: float, count: int = 5) -> np.ndarray:
    places = np.arange(count) * spacing
    return np.stack(np.meshgrid(places, places), -1).reshape(-1, 2).astype(np.float64)


@pytest.mark.parametrize("spacing", [20.0, 36.0, 50.0, 144.0])
def test_neighbours_are_about_as_far_apart_as_wanted(spacing: float) -> None:
    points = grid(spacing)
    scale = reading_scale(points, np.zeros(25, np.int64), (2000, 2000))
    assert abs(np.log2(spacing * scale / SPACING)) <= 1 / 8


def test_only_points_of_the_same_class_are_neighbours() -> None:
    points = np.concatenate([grid(72.0), grid(72.0) + 5])
    of_two = reading_scale(points, np.repeat([3, 9], 25), (500, 500))
    assert of_two == 0.5
    assert reading_scale(points, np.zeros(50, np.int64), (500, 500)) > 2


def test_one_point_alone_and_no_points_are_read_by_the_size_of_the_image() -> None:
    for points in (np.zeros((0, 2)), np.array([[5.0, 5.0]])):
        assert reading_scale(points, np.zeros(len(points), np.int64), (300, 288)) == pytest.approx(
            36 * 8 / 300, rel=0.1
        )


def test_points_on_one_pixel_and_far_apart_stay_within_limits() -> None:
    both = np.zeros(2, np.int64)
    assert reading_scale(np.zeros((2, 2)), both, (500, 500)) == LARGEST
    assert reading_scale(np.array([[0.0, 0], [9000, 0]]), both, (500, 9000)) == SMALLEST


def test_an_image_is_padded_by_its_last_row_and_column() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 70, 3), dtype=np.uint8)
    read = read_at(image, (1.0, 1.0))
    assert read.shape == (64, 96, 3)
    np.testing.assert_array_equal(read[:40, :70], image)
    np.testing.assert_array_equal(read[63, :70], image[39])
    assert all(side % PADDED_TO == 0 for side in read_at(image, (0.5, 0.5)).shape[:2])


@pytest.mark.parametrize(("size_hw", "scale"), [((300, 400), 1.0), ((5000, 3000), 1.0), ((900, 700), 4.0)])
def test_each_point_belongs_to_one_window_that_sees_around_it(size_hw: tuple[int, int], scale: float) -> None:
    windows = windows_of(size_hw, scale)
    assert (len(windows) == 1) == (max(size_hw) * scale <= LONGEST)
    height, width = size_hw
    points = np.random.default_rng(0).uniform((0, 0), (width, height), (500, 2))
    points = np.concatenate([points, [(0, 0), (width, height), (width, 0)]])
    owners = np.array([window.owns(points) for window in windows])
    assert (owners.sum(0) == 1).all()
    for window, owned in zip(windows, owners, strict=True):
        x0, y0, x1, y1 = window.outer
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert max(x1 - x0, y1 - y0) * scale <= max(LONGEST, SIDE + 2 * MARGIN + 2 * scale)
        around = points[owned][:, None] + np.array([[-1, -1], [1, 1]]) * (MARGIN / scale - 1)
        inside = np.clip(around, 0, (width, height)).reshape(-1, 2)
        assert window.sees(inside).all()

"""Coarse points follow the truncated Gaussian of Eq. 11 and lie on their objects."""

import numpy as np
import pytest

from fewclicks.geometry.masks import Mask
from fewclicks.simulation.points.coarse import coarse_points

SIZE_HW = (100, 120)
TRUNCATED_VARIANCE = 0.7737  # of a standard normal between -2 and 2


def drawn(box: tuple[float, ...], mask: Mask | None = None, count: int = 4000, seed: int = 0) -> np.ndarray:
    """`count` points on the same object."""
    boxes = np.array([box] * count, float)
    return coarse_points(boxes, None if mask is None else [mask] * count, SIZE_HW, np.random.default_rng(seed))


def mask_of(crop: list[list[int]] | np.ndarray, offset_xy: tuple[int, int]) -> Mask:
    return Mask(np.array(crop, bool), offset_xy, SIZE_HW)


def test_points_in_a_box_are_a_gaussian_of_a_quarter_of_its_sides() -> None:
    points = drawn((10, 20, 50, 40))
    assert points.mean(0) == pytest.approx([30, 30], abs=0.6)
    assert points.std(0) == pytest.approx(np.sqrt(TRUNCATED_VARIANCE) * np.array([10, 5]), rel=0.05)
    assert ((points >= [10, 20]) & (points < [50, 40])).all()


def test_points_are_on_the_mask_in_proportion_to_the_gaussian() -> None:
    """An L: its inner corner is cut away. Each pixel gets the share that the Gaussian has at it."""
    crop = np.ones((8, 8), bool)
    crop[:4, 4:] = False
    points = drawn((40, 30, 48, 38), mask_of(crop, (40, 30)), count=20000)
    columns, rows = np.floor(points - [40, 30]).astype(int).T
    assert crop[rows, columns].all()
    seen = np.zeros(crop.shape)
    np.add.at(seen, (rows, columns), 1 / len(points))
    at = (np.arange(80) + 0.5) / 10 - 4  # ten places in each pixel
    gauss = np.exp(-((at / 2) ** 2) / 2).reshape(8, 10).mean(1)
    expected = np.outer(gauss, gauss) * crop
    assert seen == pytest.approx(expected / expected.sum(), abs=0.005)


def test_a_seed_gives_the_same_points_and_another_one_others() -> None:
    assert (drawn((10, 20, 50, 40), count=5) == drawn((10, 20, 50, 40), count=5)).all()
    assert (drawn((10, 20, 50, 40), count=5) != drawn((10, 20, 50, 40), count=5, seed=1)).any()


def test_two_far_pixels_of_a_large_box_are_found() -> None:
    crop = np.zeros((60, 60), bool)
    crop[0, 0] = crop[-1, -1] = True
    points = drawn((10, 10, 70, 70), mask_of(crop, (10, 10)), count=5)
    assert {tuple(each) for each in np.floor(points).tolist()} <= {(10, 10), (69, 69)}


@pytest.mark.parametrize("crop", [np.zeros((0, 0)), np.zeros((4, 4))])
def test_the_box_stands_for_an_empty_mask(crop: np.ndarray) -> None:
    points = drawn((10.2, 20, 10.4, 40), mask_of(crop, (10, 20)), count=50)
    assert ((points >= [10.2, 20]) & (points < [10.4, 40])).all()


def test_a_mask_beside_its_box_is_the_object() -> None:
    """No draw finds it; its pixels are far beyond what a Gaussian in floating point knows."""
    (point,) = drawn((10, 10, 12, 12), mask_of([[1]], (80, 81)), count=1)
    assert np.floor(point).tolist() == [80, 81]


def test_a_thin_mask_gets_points_by_the_gaussian_too() -> None:
    """Few draws hit a diagonal: sigma is 15 pixels, and the box ends at two sigma."""
    points = drawn((10, 10, 70, 70), mask_of(np.eye(60), (10, 10)), count=2000)
    assert (np.floor(points[:, 0]) == np.floor(points[:, 1])).all()
    assert points.std(0) == pytest.approx([15 * np.sqrt(1 / 2)] * 2, rel=0.08)


def test_points_of_a_box_that_leaves_the_image_stay_in_the_image() -> None:
    points = drawn((-30, 60, 10, 140))
    assert ((points >= [0, 60]) & (points < [10, 100])).all()
    (edge,) = drawn((-4000, 60, 0.5, 140), count=1)
    assert 0 <= edge[0] <= 0.5


def test_a_box_outside_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the 120x100 image"):
        drawn((120, 10, 140, 20))


def test_no_objects_no_points() -> None:
    assert coarse_points(np.zeros((0, 4)), (), SIZE_HW, np.random.default_rng(0)).shape == (0, 2)


def test_a_small_object_of_a_huge_image_costs_no_full_mask() -> None:
    size_hw = (20_000_000, 20_000_000)
    mask = Mask(np.ones((3, 3), bool), (5_000_000, 7), size_hw)
    boxes = np.array([[5_000_000, 7, 5_000_003, 10]], float)
    (point,) = coarse_points(boxes, [mask], size_hw, np.random.default_rng(0))
    assert (np.floor(point) >= [5_000_000, 7]).all()


def test_a_box_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="no area"):
        drawn((12, 10, 12, 20))

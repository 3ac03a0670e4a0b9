"""Clicks as the network gets them."""

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.network.design import Design
from fewclicks.methods.detect.inference.network.heatmaps import heatmaps
from fewclicks.methods.detect.inference.prompts import check_shown
from fewclicks.prompts import BoxPrompt, ClassClick


def test_a_heatmap_is_the_maximum_of_gaussians_class_by_class() -> None:
    points, channels = np.array([[20.3, 17.9], [26.0, 17.0], [8.0, 30.0]]), np.array([0, 0, 2])
    maps = heatmaps(points, channels, 3, (40, 48), 1, 9.0)
    y, x = np.mgrid[:40, :48] + 0.5
    gaussians = np.exp(-((x - points[:, 0, None, None]) ** 2 + (y - points[:, 1, None, None]) ** 2) / (2 * 81))
    wanted = np.stack([gaussians[:2].max(0), np.zeros((40, 48)), gaussians[2]])
    np.testing.assert_allclose(maps, wanted, atol=0.003)  # the tails end at 3.5 standard deviations


@pytest.mark.parametrize("place", [(16.0, 16.0), (18.0, 18.0), (0.0, 0.0), (64.0, 64.0), (17.3, 63.9)])
def test_no_click_vanishes_between_cells(place: tuple[float, float]) -> None:
    (found,) = heatmaps(np.array([place]), np.array([0]), 1, (64, 64), 4, 1.0)
    assert found.max() >= 0.36
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert abs(column * 4 + 2 - place[0]) <= 2
    assert abs(row * 4 + 2 - place[1]) <= 2


def test_no_clicks_are_zeros() -> None:
    assert not heatmaps(np.zeros((0, 2)), np.zeros(0, int), 4, (64, 96), 4, 1.0).any()


@pytest.mark.parametrize("click", [ClassClick(-1, 3, 1), ClassClick(3, 31, 1), ClassClick(float("nan"), 3, 1)])
def test_clicks_outside_are_refused(click: ClassClick) -> None:
    with pytest.raises(InputError, match="outside the 40x30 image"):
        check_shown((ClassClick(0, 0, 1), click), (30, 40), None)


@pytest.mark.parametrize("ends", [(-1, 3, 9, 9), (3, 3, 3, 9), (3, 9, 9, 3), (3, 3, 41, 9), (float("nan"), 3, 9, 9)])
def test_boxes_outside_or_without_area_are_refused(ends: tuple[float, float, float, float]) -> None:
    check_shown((BoxPrompt(0, 0, 40, 30, class_id=1),), (30, 40), None)
    with pytest.raises(InputError, match="empty or not inside the 40x30 image"):
        check_shown((BoxPrompt(*ends, class_id=1),), (30, 40), None)


def test_unknown_classes_are_refused_by_a_model_that_has_its_own() -> None:
    check_shown((ClassClick(3, 3, 9),), (30, 40), None)
    with pytest.raises(InputError, match="has no class 9; use one of 1, 4"):
        check_shown((ClassClick(3, 3, 4), ClassClick(3, 3, 9)), (30, 40), {4, 1})


def test_heatmaps_of_weights_that_say_nothing_of_them_are_narrow() -> None:
    assert Design().sigma == 1  # as those of the weights in the package were

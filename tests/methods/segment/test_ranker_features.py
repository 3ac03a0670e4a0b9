import numpy as np
import pytest

from fewclicks.geometry.masks import Mask
from fewclicks.methods.segment.inference.ranker import round_features
from fewclicks.prompts import Click


def box(x0: int, x1: int) -> Mask:
    full = np.zeros((100, 200), bool)
    full[20:80, x0:x1] = True
    return Mask.from_full(full)


def test_an_unchanged_mask_has_no_delta() -> None:
    features = round_features(box(20, 80), box(20, 80), (), 0)
    assert (features.clicks, features.delta_iou, features.max_distance) == (0, 0, 0)


def test_distances_are_to_the_border_in_units_of_the_object() -> None:
    clicks = (Click(80, 50, True), Click(110, 50, True))
    features = round_features(box(20, 80), box(20, 120), clicks, 1)
    assert features.clicks == 2
    assert features.delta_iou == pytest.approx(0.4)
    assert features.max_distance == pytest.approx(30 / 60, abs=0.05)
    assert features.mean_distance == pytest.approx(15 / 60, abs=0.05)


def test_a_mask_of_one_column_has_finite_distances() -> None:
    full = np.zeros((500, 200), bool)
    full[20:420, 50] = True
    thin = Mask.from_full(full)
    features = round_features(thin, thin, (Click(60.5, 100.5, True),), 1)
    assert features.mean_distance == pytest.approx(10 / 20)


def test_distance_inside_counts_too() -> None:
    features = round_features(box(20, 80), box(20, 50), (Click(50, 50, False),), 2)
    assert features.mean_distance == pytest.approx(30 / 60, abs=0.05)

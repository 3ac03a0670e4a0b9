import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewclicks.geometry.masks import Mask
from fewclicks.prompts import Scribble
from fewclicks.simulation.partition.annotator import correct, error_regions, extreme_points, scribble
from fewclicks.simulation.partition.measure import region_ious

NAMES = ("left", "right", "dot")


def truth() -> np.ndarray:
    """Left, right, and a square inside right; the top rows are void."""
    labels = np.ones((60, 80), np.int32)
    labels[:, 40:] = 2
    labels[20:30, 50:60] = 3
    labels[:4] = 0
    return labels


@given(st.integers(0, 2**32 - 1))
def test_exact_extreme_points_give_the_tight_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    full = np.zeros((30, 40), bool)
    full[tuple(rng.integers(0, (30, 40)))] = True
    full[5 : rng.integers(6, 20), 7 : rng.integers(8, 30)] = True
    mask = Mask.from_full(full)
    assert extreme_points(mask, "a", rng).xyxy == mask.xyxy


def test_careless_extreme_points_are_pixels_of_the_mask_near_its_extremes() -> None:
    rng = np.random.default_rng(0)
    mask = Mask.from_full(truth() == 3)
    for _ in range(20):
        points = extreme_points(mask, "a", rng, reach=3)
        assert all(mask.full()[int(y), int(x)] for x, y in points.points_xy)
        assert np.abs(np.array(points.xyxy) - mask.xyxy).max() <= 4


def test_errors_come_with_the_iou_that_mending_them_gains() -> None:
    predicted = truth()
    predicted[30:50, 30:40] = 2  # 200 pixels of left went to right
    predicted[20:30, 50:60] = 2  # the square went to right
    errors = error_regions(predicted, truth())
    assert [error.truth for error in errors] == [3, 1]
    before = np.nansum(region_ious(predicted, truth()))
    for error in errors:
        mended = predicted.copy()
        (x, y), (h, w) = error.offset_xy, error.pixels.shape
        mended[y : y + h, x : x + w][error.pixels] = error.truth
        assert np.nansum(region_ious(mended, truth())) - before == pytest.approx(error.importance)


def test_void_and_specks_are_no_errors() -> None:
    predicted = truth()
    predicted[:4] = 2
    predicted[50, 5:9] = 2
    assert error_regions(predicted, truth()) == []


@given(st.integers(0, 2**32 - 1))
def test_a_scribble_stays_in_its_region_and_begins_beside_the_correct_part(seed: int) -> None:
    rng = np.random.default_rng(seed)
    predicted = truth()
    predicted[10:50, 20:40] = 2
    (error,) = error_regions(predicted, truth())
    points = np.array(scribble(error, predicted, truth(), rng))
    xs, ys = points.astype(int).T
    assert (truth()[ys, xs] == 1).all()
    near = predicted[max(ys[0] - 1, 0) : ys[0] + 2, max(xs[0] - 1, 0) : xs[0] + 2]
    assert (near == 1).any()
    assert len(points) > 1


def test_a_long_scribble_does_not_jump_over_thin_regions() -> None:
    fence = np.ones((200, 300), np.int32)
    for x in range(40, 290, 12):
        fence[30:170, x : x + 3] = 2
    predicted = np.where(fence == 1, 3, fence)
    predicted[:, :20] = 1
    error, lengths = error_regions(predicted, fence)[0], []
    for seed in range(30):
        points = np.array(scribble(error, predicted, fence, np.random.default_rng(seed)))
        line = cv2.polylines(np.zeros(fence.shape, np.uint8), [np.floor(points).astype(np.int32)], False, 1)
        assert (fence[line > 0] == 1).all()
        lengths.append(len(points))
    assert max(lengths) > 1


def test_a_region_that_is_missing_altogether_gets_a_scribble_too() -> None:
    predicted = np.where(truth() == 3, 2, truth())
    (stroke,) = correct(predicted, truth(), NAMES, (), "free", np.random.default_rng(0))
    xs, ys = np.array(stroke.points_xy).astype(int).T
    assert stroke.target == "dot"
    assert (truth()[ys, xs] == 3).all()


def torn() -> np.ndarray:
    predicted = truth()
    predicted[10:20, 5:30] = 2
    predicted[30:36, 5:30] = 2
    predicted[44:48, 5:30] = 2
    predicted[40:50, 60:75] = 1
    return predicted


def test_free_allocation_spends_on_the_worst_errors_and_one_each_on_every_region() -> None:
    rng = np.random.default_rng(0)
    free = correct(torn(), truth(), NAMES, (), "free", rng)
    assert sorted(stroke.target for stroke in free) == ["left", "left", "right"]
    each = correct(torn(), truth(), NAMES, (), "one-each", rng)
    assert sorted(stroke.target for stroke in each) == ["left", "right"]
    assert len(correct(torn(), truth(), NAMES, (), "free", rng, budget=1)) == 1


def test_an_error_with_a_scribble_in_it_is_passed_over() -> None:
    rng = np.random.default_rng(0)
    tried = (Scribble(((10.0, 15.0), (20.0, 15.0)), "left"),)
    strokes = correct(torn(), truth(), NAMES, tried, "free", rng)
    assert all(not 10 <= y < 20 for stroke in strokes for _, y in stroke.points_xy if stroke.target == "left")
    elsewhere = (Scribble(((10.0, 15.0),), "right"),)
    assert len(correct(torn(), truth(), NAMES, elsewhere, "free", rng)) == 3


def test_nothing_wrong_nothing_drawn() -> None:
    assert correct(truth(), truth(), NAMES, (), "free", np.random.default_rng(0)) == []


def test_ious_leave_void_out_and_name_absent_regions() -> None:
    predicted = truth()
    predicted[:4] = 3
    ious = region_ious(predicted, np.where(truth() == 2, 0, truth()))
    assert ious[0] == 1
    assert np.isnan(ious[1])
    assert ious[2] == 1

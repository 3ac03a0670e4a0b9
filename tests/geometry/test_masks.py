import numpy as np
import pytest
from geometry_strategies import full_masks
from hypothesis import given
from hypothesis import strategies as st

from fewclicks.geometry.masks import Mask


@given(full_masks())
def test_a_mask_is_the_picture_it_was_made_from(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    np.testing.assert_array_equal(mask.full(), full)
    assert mask.area == full.sum()
    assert mask.size_hw == full.shape


@given(full_masks())
def test_the_crop_is_tight(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    ys, xs = np.nonzero(full)
    expected = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if ys.size else (0, 0, 0, 0)
    assert mask.xyxy == expected


@given(st.data())
def test_overlap_is_that_of_the_pixels(data: st.DataObject) -> None:
    a = data.draw(full_masks())
    b = data.draw(full_masks((a.shape[0], a.shape[1])))
    ours, theirs = Mask.from_full(a), Mask.from_full(b)
    union = (a | b).sum()
    assert ours.intersection(theirs) == (a & b).sum()
    assert ours.iou(theirs) == ((a & b).sum() / union if union else 1.0)


def test_overlap_of_crops_that_are_not_tight_and_lie_apart() -> None:
    a = Mask(np.eye(4, dtype=bool), (1, 1), (9, 9))
    b = Mask(np.ones((3, 3), bool), (3, 3), (9, 9))
    c = Mask(np.ones((1, 1), bool), (8, 8), (9, 9))
    assert (a.intersection(b), a.intersection(c)) == (2, 0)
    assert a.iou(b) == 2 / 11


@given(st.data())
def test_pixels_of_others_are_removed(data: st.DataObject) -> None:
    full = data.draw(full_masks())
    others = data.draw(st.lists(full_masks((full.shape[0], full.shape[1])), max_size=3))
    before = Mask.from_full(full)
    left = before.minus([Mask.from_full(other) for other in others])
    expected = full & ~np.any([*others, np.zeros_like(full)], axis=0)
    assert (left.full() == expected).all()
    assert before == Mask.from_full(full), "the mask itself stays"


@given(full_masks(), st.data())
def test_a_point_is_in_a_mask_if_its_pixel_is(full: np.ndarray, data: st.DataObject) -> None:
    x, y = (data.draw(st.floats(0, size)) for size in full.shape[::-1])
    inside = x < full.shape[1] and y < full.shape[0] and bool(full[int(y), int(x)])
    assert Mask.from_full(full).contains(x, y) == inside


@given(full_masks())
def test_equality_does_not_depend_on_the_crop(full: np.ndarray) -> None:
    loose, tight = Mask(full, (0, 0), (full.shape[0], full.shape[1])), Mask.from_full(full)
    assert loose == tight
    assert hash(loose) == hash(tight)


def test_unequal_masks() -> None:
    one = Mask(np.ones((2, 2), bool), (1, 1), (5, 5))
    assert one != Mask(np.ones((2, 2), bool), (1, 2), (5, 5))
    assert one != Mask(np.ones((2, 2), bool), (1, 1), (5, 6))
    assert one != Mask(np.array([[True, True], [True, False]]), (1, 1), (5, 5))
    assert one != "mask"


def test_masks_of_images_of_different_size_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        Mask.empty((4, 4)).iou(Mask.empty((4, 5)))


@pytest.mark.parametrize("offset_xy", [(-1, 0), (0, -1), (4, 0), (0, 4)])
def test_a_crop_must_lie_in_the_image(offset_xy: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Mask(np.ones((2, 2), bool), offset_xy, (5, 5))


def test_an_empty_mask() -> None:
    empty = Mask.empty((6, 7))
    assert (empty.area, empty.xyxy, empty.iou(Mask.empty((6, 7)))) == (0, (0, 0, 0, 0), 1.0)
    assert not empty.full().any()
    assert empty.full().shape == (6, 7)


def test_pasting_adds_to_what_is_there() -> None:
    out = np.zeros((3, 3), bool)
    out[2, 2] = True
    Mask(np.array([[True, False]]), (0, 1), (3, 3)).paste_into(out)
    assert np.argwhere(out).tolist() == [[1, 0], [2, 2]]

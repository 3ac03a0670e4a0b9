import numpy as np
from geometry_strategies import full_masks
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import FREE, merge, split


@given(arrays(np.int32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(-2, 5)))
def test_every_number_gets_the_mask_of_its_pixels(numbers: np.ndarray) -> None:
    masks = split(numbers)
    assert list(masks) == np.unique(numbers).tolist()
    assert all(mask == Mask.from_full(numbers == number) for number, mask in masks.items())
    assert all(mask.xyxy == mask.tight().xyxy for mask in masks.values())


def test_as_many_numbers_as_pixels() -> None:
    numbers = np.arange(300 * 250, dtype=np.int32).reshape(300, 250) * 7
    masks = split(numbers)
    assert len(masks) == 75_000
    assert masks[7 * 251].xyxy == (1, 1, 2, 2)


def test_an_image_without_pixels_has_no_masks() -> None:
    assert split(np.zeros((0, 4), np.int32)) == {}


@given(st.data())
def test_the_smallest_mask_has_the_pixel(data: st.DataObject) -> None:
    first = data.draw(full_masks())
    size_hw = (first.shape[0], first.shape[1])
    fulls = [first, *data.draw(st.lists(full_masks(size_hw), max_size=3))]
    owner = merge([Mask.from_full(full) for full in fulls], size_hw)
    for (y, x), index in np.ndenumerate(owner):
        covering = [(fulls[i].sum(), -i) for i in range(len(fulls)) if fulls[i][y, x]]
        assert index == (-min(covering)[1] if covering else FREE)


@given(arrays(np.int32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 5)))
def test_a_partition_comes_back(numbers: np.ndarray) -> None:
    masks = split(numbers)
    owner = merge(list(masks.values()), (numbers.shape[0], numbers.shape[1]))
    np.testing.assert_array_equal(np.array(list(masks))[owner], numbers)


def test_without_masks_every_pixel_is_free() -> None:
    np.testing.assert_array_equal(merge([], (2, 3)), np.full((2, 3), FREE))

import tracemalloc

import numpy as np
import pytest
from geometry_strategies import full_masks
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco_mask

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import (
    counts_from_string,
    crop_from_row_runs,
    decode_rle,
    encode_partition,
    encode_rle,
    mask_to_counts,
    row_runs,
    string_from_counts,
)


def plain_counts(bits: np.ndarray) -> list[int]:
    """Run lengths as their definition says, pixel by pixel."""
    counts, value = [0], False
    for bit in bits.tolist():
        if bit != value:
            counts.append(0)
            value = bit
        counts[-1] += 1
    return counts


@given(full_masks())
def test_counts_are_those_of_the_definition(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    assert mask_to_counts(mask) == plain_counts(full.ravel("F"))


@given(full_masks())
def test_the_string_is_that_of_pycocotools(full: np.ndarray) -> None:
    theirs = coco_mask.encode(np.asfortranarray(full.astype(np.uint8)))
    assert encode_rle(Mask.from_full(full)) == theirs["counts"].decode("ascii")


@given(full_masks())
def test_decoding_gives_back_the_mask_as_its_tight_crop(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    for counts in (encode_rle(mask), mask_to_counts(mask)):
        again = decode_rle(counts, mask.size_hw)
        assert again == mask
        assert again.xyxy == mask.xyxy


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 4)))
def test_a_partition_encodes_as_its_masks(numbers: np.ndarray) -> None:
    encoded = encode_partition(numbers, range(1, 5))
    masks = {number: Mask.from_full(numbers == number) for number in range(1, 5)}
    assert encoded == {number: (encode_rle(mask), mask.xyxy) for number, mask in masks.items()}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools
@given(full_masks())
def test_pycocotools_decodes_what_is_encoded(full: np.ndarray) -> None:
    rle = {"size": list(full.shape), "counts": encode_rle(Mask.from_full(full)).encode("ascii")}
    np.testing.assert_array_equal(coco_mask.decode(rle).astype(bool), full)
    assert coco_mask.area(rle) == full.sum()


@given(full_masks())
def test_a_loose_crop_encodes_as_its_tight_one(full: np.ndarray) -> None:
    loose = Mask(full, (0, 0), (full.shape[0], full.shape[1]))
    assert encode_rle(loose) == encode_rle(loose.tight())


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_runs_without_length_are_read(counts: list[int]) -> None:
    bits = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    mask = decode_rle([*counts, 0] if len(counts) % 2 else counts, (bits.size, 1))
    np.testing.assert_array_equal(mask.full()[:, 0], bits)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_any_counts_survive_compression(counts: list[int]) -> None:
    assert counts_from_string(string_from_counts(counts)) == counts


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_compression_is_that_of_pycocotools(counts: list[int]) -> None:
    theirs = coco_mask.frPyObjects({"size": [sum(counts), 1], "counts": counts}, sum(counts), 1)
    assert string_from_counts(counts) == theirs["counts"].decode("ascii")


def test_a_small_mask_in_a_huge_image_takes_little_memory() -> None:
    mask = Mask(np.ones((20, 20), bool), (19_980, 19_980), (20_000, 20_000))
    tracemalloc.start()
    again = decode_rle(encode_rle(mask), mask.size_hw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert again == mask
    assert peak < 200_000


def test_images_with_more_pixels_than_32_bits_count() -> None:
    mask = Mask(np.ones((3, 3), bool), (99_000, 99_000), (100_000, 100_000))
    assert decode_rle(encode_rle(mask), mask.size_hw) == mask


@pytest.mark.parametrize("size_hw", [(0, 0), (0, 5), (5, 0)])
def test_an_image_without_pixels(size_hw: tuple[int, int]) -> None:
    assert decode_rle(encode_rle(Mask.empty(size_hw)), size_hw) == Mask.empty(size_hw)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([5, 6], "add up to 11 pixels, an image of 4x3 has 12"),
        ([5, 8], "add up to 13"),
        ([], "whole numbers"),
        ([20, -8], "not negative"),
        ([6.0, 6.0], "whole numbers"),
        ([6, "6"], "whole numbers"),
        ([[6], [6]], "whole numbers"),
        ([6, [6]], "whole numbers"),
        ([2**63, 2**63], "whole numbers|add up to"),
        ([2**70], "whole numbers|add up to"),
        ([None], "whole numbers"),
        ("", "empty"),
        ("0é", "character outside"),
        ("0\ud800", "character outside"),
        ("p", "character outside"),
        (" ", "character outside"),
        ("P", "cut off"),
        ("PPPPPPPPPPPPP0", "longer than any image"),
        ("n", "cut off|not negative|add up"),
        ("O", "not negative"),
        ("7", "add up to 7"),
    ],
)
def test_wrong_run_lengths_are_named(counts: str | list[int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        decode_rle(counts, (3, 4))


@given(full_masks())
def test_runs_by_rows_are_those_of_the_transposed_mask_and_give_it_back(full: np.ndarray) -> None:
    runs = row_runs(full)
    assert runs == mask_to_counts(Mask.from_full(full.T))
    np.testing.assert_array_equal(crop_from_row_runs(runs, (full.shape[0], full.shape[1])), full)


def test_runs_by_rows_that_do_not_fill_the_crop_are_refused() -> None:
    with pytest.raises(InputError, match="run lengths add up to 5 pixels, an image of 3x2 has 6"):
        crop_from_row_runs([2, 3], (2, 3))

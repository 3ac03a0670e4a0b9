"""Partitions made from masks, renumbered and compared target by target; points chosen from an answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fewclicks.answers import PartitionAnswer, PointsAnswer, unchanged_targets
from fewclicks.geometry.masks import Mask

SIZE = (6, 7)
TARGETS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True)


Parts = tuple[tuple[str, ...], np.ndarray]


@st.composite
def partitions(draw: st.DrawFn) -> Parts:
    """The arguments of a PartitionAnswer; its type checks draw random numbers, which a strategy must not."""
    targets = draw(TARGETS)
    return tuple(targets), draw(arrays(np.uint16, SIZE, elements=st.integers(0, len(targets))))


def test_the_smaller_of_overlapping_masks_has_the_pixel() -> None:
    large, small = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    large[:4], small[2:5, :2] = True, True
    partition = PartitionAnswer.of_masks({"small": Mask.from_full(small), "large": Mask.from_full(large)}, SIZE)
    assert partition.targets == ("small", "large")
    assert partition.mask("small") == Mask.from_full(small)
    assert partition.mask("large") == Mask.from_full(large & ~small)
    assert partition.unlabelled == pytest.approx((~(large | small)).mean())


@given(partitions(), TARGETS)
def test_renumbered_labels_name_the_same_targets(parts: Parts, targets: list[str]) -> None:
    partition = PartitionAnswer(*parts)
    renumbered = PartitionAnswer(
        tuple(targets), partition.renumbered(targets + [t for t in "abcde" if t not in targets])
    )
    for target in set(partition.targets) & set(targets):
        assert renumbered.mask(target) == partition.mask(target)
    absent = [partition.targets.index(target) + 1 for target in partition.targets if target not in targets]
    assert not partition.renumbered(targets)[np.isin(partition.labels, [0, *absent])].any()


@given(partitions(), partitions())
def test_unchanged_targets_cover_the_same_pixels(parts: Parts, other: Parts) -> None:
    before, after = PartitionAnswer(*parts), PartitionAnswer(*other)
    shared = set(before.targets) & set(after.targets)
    assert unchanged_targets(before, after) == {name for name in shared if before.mask(name) == after.mask(name)}


def test_images_of_different_sizes_have_no_target_in_common() -> None:
    before, after = (PartitionAnswer(("a",), np.ones(size, np.uint16)) for size in (SIZE, (3, 3)))
    assert unchanged_targets(before, after) == set()


@pytest.mark.parametrize("chosen", [np.array([2, 0]), np.array([False, False, False]), np.array([True, False, True])])
def test_chosen_points_keep_their_targets(chosen: np.ndarray) -> None:
    points = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    answer = PointsAnswer(points, np.array([0.1, 0.2, 0.3]), np.array([7, 8, 9]), ("a", "", "c"))
    some = answer.where(chosen)
    np.testing.assert_array_equal(some.points_xy, points[chosen])
    assert some.targets == tuple(np.array(answer.targets)[chosen])
    assert len(some) == len(points[chosen])
    assert some.nbytes == len(some) * 4 * 8 + len("".join(some.targets))
    assert (len(PointsAnswer.none()), PointsAnswer.none().nbytes) == (0, 0)

"""Partitions of an image, in which every pixel has one number: to masks, and from masks that may overlap."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int32, Int64, Integer

from fewclicks.geometry.masks import Mask

FREE = -1  # the number of a pixel that no mask covers


def split(numbers: Integer[np.ndarray, "H W"]) -> dict[int, Mask]:
    """Return the mask of every number that occurs, in ascending order; this reads the image once, not once a mask."""
    if numbers.size == 0:
        return {}
    flat, size_hw = numbers.ravel(), (numbers.shape[0], numbers.shape[1])
    is_start = np.append(True, flat[1:] != flat[:-1])
    is_start[:: size_hw[1]] = True  # a run of equal pixels ends with its row
    starts = np.flatnonzero(is_start)
    lengths = np.diff(starts, append=flat.size)
    found, rank_of_run = np.unique(flat[starts], return_inverse=True)  # of the runs: far fewer than pixels
    ranks = np.repeat(rank_of_run.astype(np.int32), lengths).reshape(size_hw)
    rows, columns = np.divmod(starts, size_hw[1])
    sides = (*_extent(rank_of_run, columns, columns + lengths), *_extent(rank_of_run, rows, rows + 1))
    return {
        number: Mask(ranks[y0:y1, x0:x1] == rank, (x0, y0), size_hw)
        for rank, (number, x0, x1, y0, y1) in enumerate(zip(found.tolist(), *sides, strict=True))
    }


def _extent(
    groups: Int64[np.ndarray, "R"], firsts: Int64[np.ndarray, "R"], ends: Int64[np.ndarray, "R"]
) -> tuple[list[int], list[int]]:
    """Return the lowest of `firsts` and the highest of `ends` in each of the groups 0, 1, ..."""
    lowest, highest = np.full(groups.max() + 1, ends.max()), np.zeros(groups.max() + 1, np.int64)
    np.minimum.at(lowest, groups, firsts)
    np.maximum.at(highest, groups, ends)
    return lowest.tolist(), highest.tolist()


def merge(masks: Sequence[Mask], size_hw: tuple[int, int]) -> Int32[np.ndarray, "H W"]:
    """Return for every pixel the index of the mask that has it, `FREE` where there is none.

    Where masks overlap, the smallest has the pixel, since an object on another one is smaller; of masks of the same
    size the last.
    """
    owner = np.full(size_hw, FREE, np.int32)
    for index in sorted(range(len(masks)), key=lambda index: -masks[index].area):
        x0, y0, x1, y1 = masks[index].xyxy
        owner[y0:y1, x0:x1][masks[index].crop] = index
    return owner

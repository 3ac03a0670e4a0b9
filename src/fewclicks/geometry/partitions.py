"""Partitions of an image, in which every pixel has one number: to masks, and from masks that may overlap."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int32, Integer

from fewclicks.geometry.masks import Mask

FREE = -1  # the number of a pixel that no mask covers


def split(numbers: Integer[np.ndarray, "H W"]) -> dict[int, Mask]:
    """Return the mask of every number that occurs, in ascending order; this reads the image once, not once a mask."""
    from scipy.ndimage import find_objects  # slow to import, and specs of methods import this module

    if numbers.size == 0:
        return {}
    flat, size_hw = numbers.ravel(), (numbers.shape[0], numbers.shape[1])
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    found, rank_of_run = np.unique(flat[starts], return_inverse=True)  # of the runs: far fewer than pixels
    ranks = np.repeat(rank_of_run.astype(np.int32), np.diff(starts, append=flat.size)).reshape(size_hw)
    boxes = find_objects(ranks + 1)
    return {
        number: Mask(ranks[rows, columns] == rank, (columns.start, rows.start), size_hw)
        for rank, (number, (rows, columns)) in enumerate(zip(found.tolist(), boxes, strict=True))
    }


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

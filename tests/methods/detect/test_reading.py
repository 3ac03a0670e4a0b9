"""At which scale images are read, and how softly."""

import cv2
import numpy as np
import pytest

from fewclicks.methods.detect.inference.reading import is_read_in_parts, read_at, reading_scale

EDGE = np.repeat(np.where(np.arange(80) < 33, 0, 200).astype(np.uint8)[None, :, None], 40, 0).repeat(3, 2)


@pytest.mark.parametrize(("side", "scale"), [(64, 2.0), (320, 2.0), (400, 1.6), (640, 1.0), (2048, 1.0)])
def test_small_images_are_enlarged(side: int, scale: float) -> None:
    assert reading_scale((side // 2, side)) == scale
    assert not is_read_in_parts((side // 2, side))
    assert is_read_in_parts((2049, side))


@pytest.mark.parametrize(("scale", "size_hw"), [(0.5, (32, 64)), (1.0, (64, 96)), (2.0, (96, 160))])
def test_what_is_added_for_whole_cells_is_black(scale: float, size_hw: tuple[int, int]) -> None:
    read = read_at(np.full_like(EDGE, 200), scale)
    inside = (slice(0, round(40 * scale)), slice(0, round(80 * scale)))
    assert read.shape == (*size_hw, 3)
    assert (read[inside] == 200).all()
    read[inside] = 0
    assert not read.any()


def test_an_image_of_its_own_size_is_as_soft_as_one_that_is_moved_by_a_part_of_a_pixel() -> None:
    """Training moves images by all parts of a pixel: in the mean by a quarter to either side."""
    before = EDGE.copy()
    read = read_at(EDGE, 1.0)[20, 28:38, 0].astype(float)
    moved = [
        cv2.warpAffine(EDGE, np.array([[1, 0, by], [0, 1, 0]], float), (80, 40))[20, 28:38, 0]
        for by in np.linspace(-0.5, 0.5, 21)
    ]
    assert np.abs(read - np.mean(moved, axis=0)).max() < 10
    assert np.array_equal(EDGE, before)

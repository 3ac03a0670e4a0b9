"""A first click says where an object is, not how large: what the shipped weights make of that in a large photo."""

import cv2
import numpy as np
import pytest

from fewclicks.geometry.masks import Mask
from fewclicks.interactions import Click
from fewclicks.methods.segment.assist import SegmentAssist


@pytest.fixture(scope="module")
def assist() -> SegmentAssist:
    return SegmentAssist.shipped()


@pytest.mark.parametrize("radius", [60, 300, 450])
def test_one_click_takes_a_whole_disk_of_any_size(assist: SegmentAssist, radius: int) -> None:
    noise = np.random.default_rng(0).integers(0, 24, (1800, 2400, 3), dtype=np.uint8)
    pixels = noise + np.array([50, 90, 60], np.uint8)
    disk = np.zeros((1800, 2400), np.uint8)
    cv2.circle(disk, (1100, 900), radius, 1, -1)
    pixels[disk > 0] = noise[disk > 0] + np.array([200, 60, 40], np.uint8)
    answer = assist.respond(assist.encode(pixels), (Click(1100, 900, True, 1),))
    assert answer.mask.iou(Mask.from_full(disk > 0)) > 0.9

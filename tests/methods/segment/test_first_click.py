"""A first click says where an object is, not how large: what the shipped weights make of that in a large photo."""

import cv2
import numpy as np
import pytest
from jaxtyping import UInt8
from skimage.data import astronaut

from fewclicks.geometry.masks import Mask
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.shared.windows import CONTEXT
from fewclicks.prompts import Click, Prompts


def photo(radius: int) -> tuple[UInt8[np.ndarray, "1800 2400 3"], Mask]:
    """A disk of another colour, and where it is."""
    noise = np.random.default_rng(0).integers(0, 24, (1800, 2400, 3), dtype=np.uint8)
    pixels = noise + np.array([50, 90, 60], np.uint8)
    disk = np.zeros((1800, 2400), np.uint8)
    cv2.circle(disk, (1100, 900), radius, 1, -1)
    pixels[disk > 0] = noise[disk > 0] + np.array([200, 60, 40], np.uint8)
    return pixels, Mask.from_full(disk > 0)


@pytest.mark.parametrize("radius", [60, 300, 450])
def test_one_click_takes_a_whole_disk_of_any_size(model: SegmentModel, radius: int) -> None:
    pixels, truth = photo(radius)
    answer = model.respond(model.encode(pixels), Prompts.of(Click(1100, 900, True))).answer
    assert answer.mask.iou(truth) > 0.9


def test_a_correction_does_not_end_at_the_border_of_its_window(model: SegmentModel) -> None:
    encoding = model.encode(astronaut())
    face, suit = Click(240, 110, True), Click(300, 400, True)
    first = model.respond(encoding, Prompts.of(face))
    _, y0, _, y1 = first.answer.mask.xyxy
    assert y1 < 400
    border = (y0 + 400) / 2 + CONTEXT * (400 - y0) / 2
    assert border < 500
    assert model.respond(encoding, Prompts.of(face).then(suit), first).answer.mask.xyxy[3] > border + 10

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.simulation.boxes.mosaics import mosaics

SIZES_HW = [(20, 30), (25, 10), (20, 30), (5, 5), (8, 12)]


@pytest.fixture
def images(tmp_path: Path) -> list[BoxedImage]:
    """Each of one grey value, but for a white object, whose box tells where it is."""
    made = []
    for number, (height, width) in enumerate(SIZES_HW):
        pixels = np.full((height, width, 3), 40 * (number + 1), np.uint8)
        pixels[1:4, 1:3] = 255
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        box, crowd = np.array([[2.0, 2.5, 2, 3, 0]]), np.array([[1.0, 1, 2, 2, 0.2]])
        here = np.array([number])
        made.append(BoxedImage(tmp_path / f"{number}.png", (height, width), box, here, crowd, here + 10))
    return made


def test_boxes_move_with_their_pixels(images: list[BoxedImage]) -> None:
    first, last = mosaics(images, 2)
    assert (first.size_hw, last.size_hw) == ((50, 60), (16, 24))
    assert first.class_ids.tolist() == [0, 1, 2, 3]
    assert first.ignored_class_ids.tolist() == [10, 11, 12, 13]
    assert first.boxes[:, :2].tolist() == [[2, 2.5], [32, 2.5], [2, 27.5], [32, 27.5]]
    np.testing.assert_array_equal(first.ignored - first.boxes, np.tile([-1, -1.5, 0, -1, 0.2], (4, 1)))
    pixels = first.pixels()
    assert pixels.shape == (50, 60, 3)
    for number, (cx, cy, w, h, _) in enumerate(first.boxes):
        inside = pixels[int(cy - h / 2) : int(cy + h / 2), int(cx - w / 2) : int(cx + w / 2)]
        assert (inside == 255).all()
        assert pixels[int(cy + h / 2), int(cx), 0] == 40 * (number + 1)
    assert pixels[24:, :30].max(initial=0) == 255
    assert (pixels[20:25, :30] == 0).all()  # what no image covers


def test_what_is_left_makes_a_last_one(images: list[BoxedImage]) -> None:
    last = mosaics(images, 2)[1]
    assert last.class_ids.tolist() == [4]
    assert (last.pixels()[:, 12:] == 0).all()
    assert last.path == images[4].path


def test_a_side_of_one_is_the_images_themselves(images: list[BoxedImage]) -> None:
    assert mosaics(images, 1) == tuple(images)

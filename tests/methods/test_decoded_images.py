from pathlib import Path

import cv2
import numpy as np

from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.methods.shared.training.augment import DecodedImages


def image_at(path: Path, value: int) -> BoxedImage:
    cv2.imwrite(str(path), np.full((10, 20, 3), value, np.uint8))
    return BoxedImage(path, (10, 20), np.zeros((0, 5)), np.zeros(0, np.int64))


def test_images_stay_decoded_as_long_as_there_is_room(tmp_path: Path) -> None:
    images = [image_at(tmp_path / f"{value}.png", value) for value in range(3)]
    decoded = DecodedImages(2 * 600)
    first = [decoded.read(image) for image in images]
    assert [int(pixels[0, 0, 0]) for pixels in first] == [0, 1, 2]
    assert [decoded.read(image) is before for image, before in zip(images, first, strict=True)] == [True, True, False]

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.images.source import check_rgb


def test_an_rgb_image_is_accepted() -> None:
    check_rgb(np.zeros((1, 2, 3), np.uint8))


@pytest.mark.parametrize(
    ("image", "found"),
    [
        (np.zeros((5, 5), np.uint8), r"got uint8 \[5, 5\]"),
        (np.zeros((5, 5, 4), np.uint8), r"got uint8 \[5, 5, 4\]"),
        (np.zeros((5, 5, 3), np.float32), r"got float32 \[5, 5, 3\]"),
        (np.zeros((0, 5, 3), np.uint8), r"got uint8 \[0, 5, 3\]"),
    ],
)
def test_another_array_is_refused(image: np.ndarray, found: str) -> None:
    with pytest.raises(InputError, match=rf"expected a uint8 RGB image of shape \[H, W, 3\], {found}"):
        check_rgb(image)

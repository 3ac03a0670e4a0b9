"""The tests run with every annotation checked where there are arrays; were the checker gone, these would not raise."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box


def test_a_wrong_type_is_caught() -> None:
    with pytest.raises(TypeCheckError, match="x1"):
        Box(0, 0, "1", 1)  # type: ignore[arg-type]


def test_a_wrong_shape_is_caught() -> None:
    with pytest.raises(TypeCheckError, match="crop"):
        Mask(np.zeros((2, 2, 2), bool), (0, 0), (2, 2))


def test_an_int_is_a_float() -> None:
    assert Box(0, 0, 1, 1).xyxy == (0, 0, 1, 1)

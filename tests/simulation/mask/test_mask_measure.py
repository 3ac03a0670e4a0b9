import numpy as np
import pytest

from fewclicks.geometry.masks import Mask
from fewclicks.simulation.mask.measure import boundary_f


def square(x: int, y: int, side: int, size: int = 100) -> Mask:
    full = np.zeros((size, size), bool)
    full[y : y + side, x : x + side] = True
    return Mask.from_full(full)


def test_equal_masks_have_perfect_boundaries() -> None:
    assert boundary_f(square(20, 20, 40), square(20, 20, 40)) == 1


def test_empty_masks() -> None:
    empty = Mask.empty((100, 100))
    assert boundary_f(empty, empty) == 1
    assert boundary_f(empty, square(1, 1, 5)) == 0
    assert boundary_f(square(1, 1, 5), empty) == 0


@pytest.mark.parametrize(("shift", "low", "high"), [(4, 1.0, 1.0), (8, 0.3, 0.7), (45, 0.0, 0.1)])
def test_tolerance_is_five_pixels(shift: int, low: float, high: float) -> None:
    assert low <= boundary_f(square(10, 10, 40), square(10 + shift, 10, 40)) <= high

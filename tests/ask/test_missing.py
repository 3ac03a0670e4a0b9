"""The estimate of the objects that nobody has labelled yet."""

import numpy as np
import pytest

from fewclicks.ask.missing import FEWEST_IMAGES, Unlabelled, unlabelled


def test_images_with_the_same_number_of_objects_leave_no_doubt() -> None:
    assert unlabelled([3] * 8, [1, 0, 2, 0]) == Unlabelled(9, 0)
    assert unlabelled([3] * 8, [4, 4]) == Unlabelled(0, 0)
    assert unlabelled([3] * 8, []) == Unlabelled(0, 0)


def test_too_few_complete_images_give_no_estimate() -> None:
    assert unlabelled([3] * (FEWEST_IMAGES - 1), [0]) is None


@pytest.mark.parametrize(("complete", "others"), [(8, 40), (30, 30), (60, 10)])
def test_the_error_is_that_of_images_drawn_at_random(complete: int, others: int) -> None:
    rng = np.random.default_rng(0)
    off = []
    for _ in range(400):
        objects = rng.poisson(rng.gamma(2.0, 5.0, complete + others))  # images differ more than by chance
        labelled = rng.binomial(objects[complete:], 0.3)
        found = unlabelled(objects[:complete].tolist(), labelled.tolist())
        assert found is not None
        off.append((found.mean - (objects[complete:] - labelled).sum()) / found.error)
    assert abs(np.mean(off)) < 0.25
    assert 0.86 < np.mean(np.abs(off) < 2) < 0.98  # with few images, their spread is itself uncertain

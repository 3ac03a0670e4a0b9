"""The suppression radius and the lowest confidence are those that fit the training images best."""

import pytest
from points_makers import found, truth_of

from fewclicks.simulation.points.choosing import Choice, choose, lowest_score
from fewclicks.simulation.points.precision import match

A, B, FAR = (10.0, 10.0), (40.0, 40.0), (90.0, 90.0)
TRUTH = truth_of((*A, 8, 8), (*B, 8, 8))


def test_the_radius_of_the_greatest_precision_is_chosen() -> None:
    doubled = found(A, (11.0, 10.0), B, scores=[0.9, 0.8, 0.7])
    clean = found(A, B, scores=[0.9, 0.7])
    lost = found(A, scores=[0.9])
    assert choose({0.0: [doubled], 4.0: [clean], 60.0: [lost]}, [TRUTH]) == Choice(4.0, 0.7)


def test_of_equal_radii_the_smallest_is_chosen() -> None:
    clean = found(A, B, scores=[0.9, 0.7])
    assert choose({8.0: [clean], 4.0: [clean]}, [TRUTH]).radius == 4.0


def test_radii_are_compared_at_tau_one_half() -> None:
    near, far = found(A, scores=[1]), found((14.5, 10.0), scores=[1])
    assert choose({1.0: [far], 2.0: [near]}, [TRUTH]).radius == 2.0


@pytest.mark.parametrize(
    ("points", "scores", "lowest"),
    [
        ((A, B, FAR), [0.9, 0.7, 0.3], 0.7),  # both, and no mistake
        ((A, FAR, FAR, FAR, B), [0.9, 0.7, 0.6, 0.5, 0.3], 0.9),  # the mistakes cost more than the second object
        ((A, FAR, B), [0.9, 0.7, 0.3], 0.3),  # and here less
        ((A, FAR, FAR, FAR), [0.7, 0.7, 0.7, 0.2], 0.7),  # equal ones come together
        ((FAR,), [0.9], 1.0),
        ((), [], 1.0),
    ],
)
def test_f1_chooses_the_confidence(points: tuple[tuple[float, float], ...], scores: list[float], lowest: float) -> None:
    assert lowest_score([match(found(*points, scores=scores), TRUTH, (0.5,))], 2) == lowest


def test_the_confidence_is_chosen_over_all_images() -> None:
    matches = [
        match(found(A, scores=[0.4]), truth_of((*A, 8, 8)), (0.5,)),
        match(found(B, scores=[0.8]), TRUTH, (0.5,)),
    ]
    assert lowest_score(matches, 3) == 0.4


def test_points_on_ignored_objects_do_not_count() -> None:
    truth = truth_of((*A, 8, 8), (*FAR, 8, 8), ignored=[False, True])
    points = found(FAR, A, scores=[0.9, 0.2])
    assert choose({0.0: [points]}, [truth]) == Choice(0.0, 0.2)

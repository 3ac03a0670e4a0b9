"""An R for each object, and the second pass of refinement."""

import numpy as np
from jaxtyping import Float32, Float64

from fewclicks.methods.locate.inference.adaptive import LARGEST, SMALLEST, object_reaches, refined_twice
from fewclicks.methods.locate.inference.refinement import Constraints, refined

SIDE = 80
CENTRES = np.array([[15.0, 15.0], [50.0, 50.0]])
RADII = (4.0, 15.0)  # cells
ONE_CLASS = np.zeros(2, np.int64)


def discs() -> Float32[np.ndarray, "1 h w"]:
    """Scores of a small and a large disc."""
    ys, xs = np.mgrid[:SIDE, :SIDE] + 0.5
    inside = [np.hypot(xs - x, ys - y) < radius for (x, y), radius in zip(CENTRES, RADII, strict=True)]
    return np.logical_or(*inside)[None].astype(np.float32)


def away(points_xy: Float64[np.ndarray, "2 2"]) -> Float64[np.ndarray, "2"]:
    return np.hypot(*(points_xy - CENTRES).T)


def test_the_r_of_an_object_is_how_far_it_reaches() -> None:
    reaches = object_reaches(discs(), CENTRES, ONE_CLASS)
    assert np.abs(reaches - RADII).max() <= 1


def test_the_r_depends_on_the_scores_of_the_own_class_alone() -> None:
    both = np.concatenate([np.ones_like(discs()), discs()])
    assert object_reaches(both, CENTRES, np.array([0, 1])).tolist() == [
        LARGEST,
        object_reaches(discs(), CENTRES, ONE_CLASS)[1],
    ]


def test_the_r_has_limits() -> None:
    scores = np.ones((1, 60, 60), np.float32)
    assert object_reaches(scores, np.array([[30.0, 30.0]]), np.zeros(1, np.int64)).tolist() == [LARGEST]
    scores[:] = 0
    scores[0, 30, 30] = 1
    assert object_reaches(scores, np.array([[30.5, 30.5]]), np.zeros(1, np.int64)).tolist() == [SMALLEST]


def test_what_is_outside_the_map_does_not_end_an_object() -> None:
    ys, xs = np.mgrid[:SIDE, :SIDE] + 0.5
    scores = (np.hypot(xs, ys - 40) < 12)[None].astype(np.float32)  # half a disc at the left border
    (reach,) = object_reaches(scores, np.array([[0.0, 40.0]]), np.zeros(1, np.int64))
    assert abs(reach - 12) <= 1


def test_the_second_pass_comes_nearer_to_the_centre_of_a_large_object() -> None:
    coarse = CENTRES + np.array([[1.5, -1.0], [6.0, 5.0]])
    given = Constraints(12)
    once = refined(discs(), coarse, ONE_CLASS, given)
    twice, reaches = refined_twice(discs(), coarse, ONE_CLASS, given)
    assert (away(once) < away(coarse)).all()
    assert (away(twice) < away(once)).all()
    assert away(twice)[1] < 0.8 * away(once)[1]
    assert reaches[0] < reaches[1]


def test_no_points_have_no_r() -> None:
    none = np.zeros((0, 2)), np.zeros(0, np.int64)
    centres, reaches = refined_twice(discs(), *none, Constraints(4))
    assert (centres.shape, reaches.shape) == ((0, 2), (0,))

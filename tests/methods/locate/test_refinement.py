"""Algorithm 2 of coarse point refinement, against an implementation that follows the paper line by line."""

from dataclasses import replace

import numpy as np
import pytest
from jaxtyping import Float32, Float64, Int64

from fewclicks.methods.locate.inference.bags import circles, sampled
from fewclicks.methods.locate.inference.refinement import Constraints, refined

Scores = Float32[np.ndarray, "K h w"]


def algorithm_2(
    scores: Scores, points: Float64[np.ndarray, "N 2"], channels: Int64[np.ndarray, "N"], given: Constraints
) -> Float64[np.ndarray, "N 2"]:
    height, width = scores.shape[1:]
    lowest = np.broadcast_to(given.lowest, len(scores))[0]  # the same for all classes
    found = []
    for a, k in zip(points, channels, strict=True):
        at_point = float(sampled(scores, a[None])[k, 0])
        kept, weights = [a], [max(at_point, 1e-6)]
        for p in a + circles(given.radius):
            s = sampled(scores, p[None])[:, 0]
            rivals = points if given.nearest == "all" else points[channels == k]
            nearest = rivals[np.hypot(*(rivals - p).T).argmin()]
            if (
                0 <= p[0] <= width
                and 0 <= p[1] <= height
                and s[k] > lowest
                and s[k] > given.relative * at_point
                and (not given.by_class or k == s.argmax())
                and (given.nearest is None or (nearest == a).all())
                and (not given.star or _sees(scores[k], a, p, max(lowest, given.relative * at_point)))
            ):
                kept.append(p)
                weights.append(float(s[k]))
        found.append(np.average(kept, axis=0, weights=weights))
    return np.array(found)


def _sees(
    of_class: Float32[np.ndarray, "h w"], a: Float64[np.ndarray, "2"], p: Float64[np.ndarray, "2"], lowest: float
) -> bool:
    length = round(float(np.hypot(*(p - a))))
    between = [a + (p - a) * step / length for step in range(1, length)]
    return all(float(sampled(of_class[None], each[None])[0, 0]) > lowest for each in between)


def drawn(seed: int, classes: int) -> tuple[Scores, Float64[np.ndarray, "N 2"], Int64[np.ndarray, "N"]]:
    rng = np.random.default_rng(seed)
    coarse = rng.random((classes, 6, 8))
    scores = np.kron(coarse, np.ones((1, 4, 4))).astype(np.float32)  # blobs of 4 x 4 cells
    return scores, rng.uniform((0, 0), (32, 24), (9, 2)), rng.integers(0, classes, 9)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize(
    "given",
    [
        Constraints(4),
        Constraints(3, star=False),
        Constraints(4, lowest=0.0, relative=0.0),
        Constraints(4, nearest="all", by_class=False),
        Constraints(4, nearest=None, relative=0.9),
    ],
)
def test_points_are_where_the_papers_algorithm_puts_them(seed: int, classes: int, given: Constraints) -> None:
    scores, points, channels = drawn(seed, classes)
    np.testing.assert_allclose(
        refined(scores, points, channels, given), algorithm_2(scores, points, channels, given), atol=1e-4
    )


def test_a_point_moves_to_the_middle_of_what_scores_high_around_it() -> None:
    scores = np.zeros((1, 30, 30), np.float32)
    scores[0, 10:17, 12:19] = 1  # its centre is at 15.5, 13.5
    (moved,) = refined(scores, np.array([[13.2, 15.8]]), np.array([0]), Constraints(8))
    assert np.hypot(*(moved - (15.5, 13.5))) < 0.7


def test_a_point_where_nothing_scores_stays() -> None:
    scores, point = np.zeros((2, 20, 20), np.float32), np.array([[7.3, 9.1]])
    np.testing.assert_array_equal(refined(scores, point, np.array([1]), Constraints(5)), point)


def test_star_keeps_a_point_from_crossing_a_gap() -> None:
    scores = np.zeros((1, 21, 30), np.float32)
    scores[0, 8:13, 8:13] = 1
    scores[0, 8:13, 15:20] = 1  # another object, which nobody annotated
    point, given = np.array([[10.5, 10.5]]), Constraints(9)
    (with_star,) = refined(scores, point, np.array([0]), given)
    (without,) = refined(scores, point, np.array([0]), replace(given, star=False))
    assert abs(with_star[0] - 10.5) < 0.1
    assert without[0] > 12


def test_the_constraint_of_the_nearest_annotation_parts_touching_objects() -> None:
    scores = np.zeros((1, 20, 30), np.float32)
    scores[0, 5:15, 5:25] = 1  # two squares of 10 cells side by side
    points = np.array([[8.0, 9.0], [22.0, 11.0]])
    apart = refined(scores, points, np.array([0, 0]), Constraints(12))
    together = refined(scores, points, np.array([0, 0]), Constraints(12, nearest=None))
    assert (np.abs(apart - [[10, 10], [20, 10]]) < 1).all()
    assert together[1, 0] - together[0, 0] < 8


def test_each_channel_may_have_its_own_delta_1() -> None:
    scores, points, _ = drawn(1, 2)
    for channel, lowest in ((0, 0.3), (1, 0.7)):
        channels = np.full(len(points), channel)
        moved = refined(scores, points, channels, Constraints(4, lowest=(0.3, 0.7)))
        np.testing.assert_array_equal(moved, refined(scores, points, channels, Constraints(4, lowest=lowest)))
        assert (moved != refined(scores, points, channels, Constraints(4, lowest=1 - lowest))).any()


def test_many_points_are_refined_in_parts() -> None:
    scores, points, channels = drawn(0, 2)
    many = np.tile(points, (60, 1)) + np.repeat(np.linspace(0, 0.4, 60), 9)[:, None]
    of_many = np.tile(channels, 60)
    given = Constraints(3)
    np.testing.assert_allclose(
        refined(scores, many, of_many, given)[::40], algorithm_2(scores, many, of_many, given)[::40], atol=1e-4
    )

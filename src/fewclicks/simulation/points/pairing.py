"""Counts, precision and recall of points: as many pairs of a point and an object as possible, each used once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from fewclicks.answers import PointsAnswer
from fewclicks.simulation.points.truth import PointTruth, near_objects

TAU = 0.5  # the point is in the ellipse that fits into the box


@dataclass(frozen=True, slots=True)
class Pairs:
    """The number of pairs, of points and of objects. Counts of images add up."""

    pairs: int = 0
    points: int = 0
    objects: int = 0

    def __add__(self, other: "Pairs") -> "Pairs":
        return Pairs(self.pairs + other.pairs, self.points + other.points, self.objects + other.objects)

    @property
    def count_error(self) -> int:
        """By how many the points of an image differ from its objects."""
        return abs(self.points - self.objects)

    @property
    def precision(self) -> float | None:
        """The share of points in pairs; None without points."""
        return self.pairs / self.points if self.points else None

    @property
    def recall(self) -> float | None:
        """The share of objects in pairs; None without objects."""
        return self.pairs / self.objects if self.objects else None


def paired(found: PointsAnswer, truth: PointTruth, tau: float = TAU) -> dict[int, Pairs]:
    """Return the pairs of an image by class: of the same class, within `tau` of the object (Eq. 12).

    Unpaired points on ignored objects are not counted.
    """
    classes = np.union1d(found.class_ids, truth.class_ids).tolist()
    return {each: _pairs(found.where(found.class_ids == each), truth.of_class(each), tau) for each in classes}


def in_all(pairs: Iterable[Pairs]) -> Pairs:
    """Return the sum."""
    return sum(pairs, Pairs())


def _pairs(found: PointsAnswer, truth: PointTruth, tau: float) -> Pairs:
    """Return the pairs of one class.

    Of all ways to make as many pairs as possible, one that leaves most points on ignored objects unpaired counts: the
    other points alone decide how many of them such a way can use.
    """
    near = _near(found, truth, tau)
    on_ignored = near[truth.ignored].sum(0) > 0
    wanted = near[~truth.ignored]
    pairs, without = _most_pairs(wanted), _most_pairs(wanted[:, ~on_ignored])
    return Pairs(pairs, int((~on_ignored).sum()) + pairs - without, int((~truth.ignored).sum()))


def _most_pairs(near: csr_array) -> int:
    return int((maximum_bipartite_matching(near, perm_type="column") >= 0).sum())


def _near(found: PointsAnswer, truth: PointTruth, tau: float) -> csr_array:
    """Return a sparse array [objects, points] of 1 where a point is within `tau` of an object."""
    points, objects, _ = near_objects(found.points_xy, truth, tau)
    return csr_array((np.ones(len(points), np.int8), (objects, points)), shape=(len(truth.class_ids), len(found)))

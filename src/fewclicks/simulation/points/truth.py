"""The ground truth of points, and how far points are from it (cpr, Eq. 12 and 13)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.spatial import cKDTree


@dataclass(frozen=True, eq=False)
class PointTruth:
    """The objects of an image: their centres and the sides of their boxes in pixels, above 0, and their classes.

    `ignored` objects (groups, and objects that cannot be judged) need not be found, and points on them are no mistakes.
    """

    centres_xy: Float64[np.ndarray, "N 2"]
    sides_wh: Float64[np.ndarray, "N 2"]
    class_ids: Int64[np.ndarray, "N"]
    ignored: Bool[np.ndarray, "N"]

    @classmethod
    def of_boxes(
        cls,
        boxes_xyxy: Float64[np.ndarray, "N 4"],
        class_ids: Int64[np.ndarray, "N"],
        ignored: Bool[np.ndarray, "N"] | None = None,
    ) -> "PointTruth":
        """Return the ground truth of objects with boxes: x0, y0, x1, y1 in pixels."""
        low, high = boxes_xyxy[:, :2], boxes_xyxy[:, 2:]
        flags = np.zeros(len(class_ids), bool) if ignored is None else ignored
        return cls((low + high) / 2, high - low, class_ids, flags)

    @classmethod
    def of_points(
        cls, points_xy: Float64[np.ndarray, "N 2"], class_ids: Int64[np.ndarray, "N"], side: float
    ) -> "PointTruth":
        """Return the ground truth of objects with points only: squares of `side` pixels around them."""
        return cls(points_xy, np.full_like(points_xy, side), class_ids, np.zeros(len(class_ids), bool))

    @property
    def sizes(self) -> Float64[np.ndarray, "N"]:
        """The size of each object: the square root of the area of its box, in pixels."""
        return np.sqrt(self.sides_wh.prod(1))

    def of_class(self, class_id: int) -> "PointTruth":
        """Return the objects of one class."""
        own = self.class_ids == class_id
        return PointTruth(self.centres_xy[own], self.sides_wh[own], self.class_ids[own], self.ignored[own])


def near_objects(
    points_xy: Float64[np.ndarray, "D 2"], truth: PointTruth, tau: float
) -> tuple[Int64[np.ndarray, "P"], Int64[np.ndarray, "P"], Float64[np.ndarray, "P"]]:
    """Return the pairs of a point and an object within `tau` of each other, and their distances (Eq. 12).

    x and y count in sides of the box, so 0.5 is the ellipse that fits into the box. Pairs are ordered by point, then by
    object.
    """
    if not len(points_xy) or not len(truth.class_ids):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    reach = tau * truth.sides_wh.max(1) * (1 + 1e-9)  # rounding must not lose a point at the very limit
    candidates = cKDTree(points_xy).query_ball_point(truth.centres_xy, reach)
    objects = np.repeat(np.arange(len(candidates)), [len(each) for each in candidates])
    points = np.concatenate([np.asarray(each, np.int64) for each in candidates])
    away = np.hypot(*((points_xy[points] - truth.centres_xy[objects]) / truth.sides_wh[objects]).T)
    close = np.flatnonzero(away <= tau)
    order = close[np.lexsort((objects[close], points[close]))]
    return points[order], objects[order], away[order]


def object_counts(truths: Iterable[PointTruth]) -> dict[int, int]:
    """Return the number of objects of each class to be found, by class id."""
    found = np.concatenate([np.zeros(0, np.int64), *(truth.class_ids[~truth.ignored] for truth in truths)])
    return {int(class_id): int(count) for class_id, count in zip(*np.unique(found, return_counts=True), strict=True)}


def neighbour_distance(images: Sequence[Float64[np.ndarray, "_ 2"]]) -> float | None:
    """Return the median distance from a point to the nearest other one in its image, of any class, in pixels.

    None where no image has two points, or most points have another one at the same place.
    """
    found = [cKDTree(points).query(points, k=2)[0][:, 1] for points in images if len(points) > 1]
    return (float(np.median(np.concatenate(found))) or None) if found else None

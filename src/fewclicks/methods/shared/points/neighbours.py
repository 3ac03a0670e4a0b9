"""Nearest points, with a k-d tree."""

import numpy as np
from jaxtyping import Bool, Float64, Int64


class Neighbours:
    """Points x, y, in a tree that finds those near a place."""

    def __init__(self, points_xy: Float64[np.ndarray, "N 2"]) -> None:
        from scipy.spatial import cKDTree  # slow to import, and a start opens all models

        self._points_xy = points_xy
        self._tree = cKDTree(points_xy)

    def nearest(self, to_xy: Float64[np.ndarray, "M 2"]) -> tuple[Float64[np.ndarray, "M"], Int64[np.ndarray, "M"]]:
        """Return the distance and the number of the nearest point to each place."""
        distances, numbers = self._tree.query(to_xy)
        return distances, numbers

    def are_nearest(self, numbers: Int64[np.ndarray, "M"], to_xy: Float64[np.ndarray, "M 2"]) -> Bool[np.ndarray, "M"]:
        """Return whether the point of each number is the nearest to its place.

        A point is the nearest to all that lies within half its spacing, so only the other places are looked up.
        """
        found: Bool[np.ndarray, M] = np.hypot(*(to_xy - self._points_xy[numbers]).T) < self.spacing()[numbers] / 2
        rest = np.flatnonzero(~found)
        found[rest] = self.nearest(to_xy[rest])[1] == numbers[rest]
        return found

    def spacing(self) -> Float64[np.ndarray, "N"]:
        """Return the distance from each point to the nearest other one; infinity for a single point."""
        distances: Float64[np.ndarray, N] = self._tree.query(self._points_xy, k=2)[0][:, 1]
        return distances

    def around(self, place_xy: Float64[np.ndarray, "2"], distance: float) -> list[int]:
        """Return the numbers of the points at most `distance` from a place."""
        return list(self._tree.query_ball_point(place_xy, distance))

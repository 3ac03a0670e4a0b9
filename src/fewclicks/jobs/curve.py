"""Curves with a limited number of points, for plots of long training runs."""

from fewclicks.store.jobs import Curve

MOST_POINTS = 200


def extended(curve: Curve, points: Curve) -> Curve:
    """Append `points` to `curve`, thinned out to at most MOST_POINTS; the last point always stays.

    A job that resumes from a checkpoint repeats steps: their earlier points are removed.
    """
    if points:
        curve = tuple(point for point in curve if point[0] < points[0][0])
    whole = (*curve, *points)
    while len(whole) > MOST_POINTS:
        whole = tuple(reversed(whole[::-1][::2]))
    return whole

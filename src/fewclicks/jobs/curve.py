"""A curve that grows for hours and is still drawn and stored in an instant."""

from fewclicks.store.jobs import Curve

MOST_POINTS = 200


def extended(curve: Curve, points: Curve) -> Curve:
    """`curve` followed by `points`, thinned out to at most MOST_POINTS; the last one always stays.

    A job that went on from a checkpoint comes by the same steps again: what was there of them goes.
    """
    if points:
        curve = tuple(point for point in curve if point[0] < points[0][0])
    whole = (*curve, *points)
    while len(whole) > MOST_POINTS:
        whole = tuple(reversed(whole[::-1][::2]))
    return whole

"""Oriented boxes as arrays: cx, cy, w, h in pixels and an angle in radians, clockwise as the screen shows it.

Turning a box by a quarter and exchanging its sides gives the same box. `canonical` picks one of the two, and rounds,
so that the way through corners and back gives exactly the same numbers.
"""

from math import pi

import numpy as np
from jaxtyping import Bool, Float64, Int

from fewclicks.geometry import boxes, suppression
from fewclicks.geometry.masks import Mask

QUARTER = pi / 2
PIXEL_DECIMALS, ANGLE_DECIMALS = 6, 9  # far finer than anyone can see, far coarser than what corners round away
LARGEST_ANGLE = QUARTER - 10.0**-ANGLE_DECIMALS
SIGNS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
PAIRS_AT_ONCE = 2**17  # about 50 MB
SMALLEST_HALF = 1e-9  # pixels


def canonical(boxes_cxcywha: Float64[np.ndarray, "*batch 5"]) -> Float64[np.ndarray, "*batch 5"]:
    """The same boxes with angles in [0, pi/2), rounded to a millionth of a pixel and a billionth of a radian.

    A point has the angle 0.
    """
    centre, sides = boxes_cxcywha[..., :2], boxes_cxcywha[..., 2:4]
    quarters, angle = np.divmod(boxes_cxcywha[..., 4], QUARTER)
    angle = np.round(angle, ANGLE_DECIMALS)
    full = angle > LARGEST_ANGLE
    sides = np.round(np.where(((quarters + full) % 2 == 1)[..., None], sides[..., ::-1], sides), PIXEL_DECIMALS)
    angle = np.where(full | (sides == 0).all(-1), 0.0, angle)
    return np.concatenate([np.round(centre, PIXEL_DECIMALS), sides, angle[..., None]], axis=-1) + 0.0  # no -0.0


def area(boxes_cxcywha: Float64[np.ndarray, "*batch 5"]) -> Float64[np.ndarray, "*batch"]:
    """Area of every box in square pixels."""
    areas: Float64[np.ndarray, "*batch"] = boxes_cxcywha[..., 2] * boxes_cxcywha[..., 3]
    return areas


def corners(boxes_cxcywha: Float64[np.ndarray, "*batch 5"]) -> Float64[np.ndarray, "*batch 4 2"]:
    """The corners x, y of every box, clockwise, first the one that is top left at the angle 0."""
    offsets = _turned(SIGNS * boxes_cxcywha[..., None, 2:4], boxes_cxcywha[..., None, 4])
    return boxes_cxcywha[..., None, :2] + offsets


def enclosing(boxes_cxcywha: Float64[np.ndarray, "*batch 5"]) -> Float64[np.ndarray, "*batch 4"]:
    """The smallest upright box x0, y0, x1, y1 around every box."""
    if not boxes_cxcywha[..., 4].any():
        centre, half = boxes_cxcywha[..., :2], boxes_cxcywha[..., 2:4] / 2
        return np.concatenate([centre - half, centre + half], axis=-1)
    points = corners(boxes_cxcywha)
    return np.concatenate([points.min(-2), points.max(-2)], axis=-1)


def from_upright(boxes_xyxy: Float64[np.ndarray, "*batch 4"]) -> Float64[np.ndarray, "*batch 5"]:
    """Upright boxes as oriented ones of the angle 0."""
    low, high = boxes_xyxy[..., :2], boxes_xyxy[..., 2:]
    return canonical(np.concatenate([(low + high) / 2, high - low, np.zeros_like(low[..., :1])], axis=-1))


def _turned(
    points_xy: Float64[np.ndarray, "*batch 2"], angle_rad: Float64[np.ndarray, "..."]
) -> Float64[np.ndarray, "*batch 2"]:
    """Points turned about the origin; where y grows downwards a positive angle is clockwise."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y = points_xy[..., 0], points_xy[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def contains(
    boxes_cxcywha: Float64[np.ndarray, "N 5"],
    x: float | Float64[np.ndarray, "K 1"],
    y: float | Float64[np.ndarray, "K 1"],
) -> Bool[np.ndarray, "*points N"]:
    """Which boxes contain the point, or each of K points; the border belongs to a box."""
    off = off_centre(boxes_cxcywha, x, y)
    return np.logical_and(off[..., 0] <= 1, off[..., 1] <= 1)


def off_centre(
    boxes_cxcywha: Float64[np.ndarray, "N 5"],
    x: float | Float64[np.ndarray, "K 1"],
    y: float | Float64[np.ndarray, "K 1"],
) -> Float64[np.ndarray, "*points N 2"]:
    """How far the points are from the centre of each box along its two sides: 0 at the centre, 1 at the border."""
    dx, dy = x - boxes_cxcywha[:, 0], y - boxes_cxcywha[:, 1]
    cos, sin = np.cos(boxes_cxcywha[:, 4]), np.sin(boxes_cxcywha[:, 4])
    along = np.stack([dx * cos + dy * sin, dy * cos - dx * sin], axis=-1)
    return np.abs(along) / np.maximum(boxes_cxcywha[:, 2:4] / 2, SMALLEST_HALF)


# --- the rectangle of smallest area --------------------------------------------------------------


def from_points(points_xy: Float64[np.ndarray, "N 2"]) -> Float64[np.ndarray, "5"]:
    """The canonical box of smallest area that holds all points, in any order; of equal ones that of least angle.

    For the corners of a box this is the box. Raises ValueError when there are no points.
    """
    if len(points_xy) == 0:
        raise ValueError("expected at least one point to draw a box around, got none")
    around = (points_xy.min(0) + points_xy.max(0)) / 2
    hull = _convex_hull(points_xy - around)
    edges = np.roll(hull, -1, axis=0) - hull
    angles = np.arctan2(edges[:, 1], edges[:, 0]) % QUARTER  # one side of the smallest lies on an edge of the hull
    angles = np.where(angles > LARGEST_ANGLE, 0.0, angles)
    along = _turned(np.broadcast_to(hull, (len(angles), *hull.shape)), -angles[:, None])
    low, high = along.min(1), along.max(1)
    areas = np.prod(high - low, axis=1)
    smallest = np.flatnonzero(areas <= areas.min() * (1 + 1e-9))
    best = smallest[[np.argmin(angles[smallest])]]
    centre = around + _turned((low[best] + high[best]) / 2, angles[best])
    return canonical(np.concatenate([centre, high[best] - low[best], angles[best, None]], axis=1))[0]


def _convex_hull(points_xy: Float64[np.ndarray, "N 2"]) -> Float64[np.ndarray, "M 2"]:
    """The corners of the convex hull in their order (the monotone chain); of points on a line its two ends."""
    points = np.unique(points_xy, axis=0).tolist()
    if len(points) < 3:
        return np.array(points)
    return np.array(_chain(points) + _chain(points[::-1]))


def _chain(points: list[list[float]]) -> list[list[float]]:
    """One half of the hull of sorted points, without its last corner, with which the other half begins."""
    chain: list[list[float]] = []
    for x, y in points:
        while len(chain) > 1:
            (x0, y0), (x1, y1) = chain[-2:]
            if (x1 - x0) * (y - y0) > (y1 - y0) * (x - x0):
                break
            chain.pop()
        chain.append([x, y])
    return chain[:-1]


def from_mask(mask: Mask) -> Float64[np.ndarray, "5"]:
    """The box of smallest area around the pixels of a mask. Raises ValueError for an empty one."""
    if mask.area == 0:
        raise ValueError("an empty mask has no oriented box")
    rows = np.flatnonzero(mask.crop.any(1))
    filled = mask.crop[rows]
    left, right = filled.argmax(1), filled.shape[1] - filled[:, ::-1].argmax(1)
    ends = [np.stack([x, rows + below], axis=1) for x in (left, right) for below in (0, 1)]
    return from_points(np.concatenate(ends).astype(np.float64) + np.array(mask.offset_xy))


def clip(box_cxcywha: Float64[np.ndarray, "5"], size_hw: tuple[int, int]) -> Float64[np.ndarray, "5"] | None:
    """The smallest box around the part that lies in an image of `size_hw`; None when nothing does."""
    polygon = corners(box_cxcywha)
    for axis, limit in ((0, size_hw[1]), (1, size_hw[0])):
        polygon = _kept(polygon, polygon[:, axis])
        polygon = _kept(polygon, limit - polygon[:, axis])
    return from_points(polygon) if len(polygon) else None


def _kept(polygon_xy: Float64[np.ndarray, "n 2"], inside: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "m 2"]:
    """The part of a convex polygon where `inside`, given at its corners and linear between them, is not negative."""
    kept: list[np.ndarray] = []
    for index, (corner, here) in enumerate(zip(polygon_xy, inside, strict=True)):
        before = inside[index - 1]
        if here * before < 0:
            kept.append(polygon_xy[index - 1] + (corner - polygon_xy[index - 1]) * (before / (before - here)))
        if here >= 0:
            kept.append(corner)
    return np.array(kept).reshape(-1, 2)


# --- overlap -------------------------------------------------------------------------------------


def pairwise_iou(a: Float64[np.ndarray, "N 5"], b: Float64[np.ndarray, "M 5"]) -> Float64[np.ndarray, "N M"]:
    """Intersection over union of every box in `a` with every box in `b`.

    Zero-area boxes are allowed and give 0. Only pairs whose upright boxes meet cost anything.
    """
    iou = np.zeros((len(a), len(b)))
    for i, j in boxes.meeting_pairs(enclosing(a), enclosing(b)):
        iou[i, j] = iou_of_pairs(a[i], b[j])
    return iou


def iou_of_pairs(a: Float64[np.ndarray, "K 5"], b: Float64[np.ndarray, "K 5"]) -> Float64[np.ndarray, "K"]:
    """Intersection over union of each box in `a` with the one beside it in `b`; zero-area boxes give 0."""
    area_a, area_b = area(a), area(b)
    shared = _upright_shared_area(a, b)
    turned = np.flatnonzero((a[:, 4] != 0) | (b[:, 4] != 0))
    for part in (turned[k : k + PAIRS_AT_ONCE] for k in range(0, len(turned), PAIRS_AT_ONCE)):
        shared[part] = _shared_area(a[part], b[part])
    shared = np.minimum(shared, np.minimum(area_a, area_b))
    union = area_a + area_b - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _upright_shared_area(a: Float64[np.ndarray, "K 5"], b: Float64[np.ndarray, "K 5"]) -> Float64[np.ndarray, "K"]:
    """The area of the intersections, as if no box were turned."""
    apart, half = np.abs(a[:, :2] - b[:, :2]), (a[:, 2:4] + b[:, 2:4]) / 2
    sides = np.clip(np.minimum(half - apart, np.minimum(a[:, 2:4], b[:, 2:4])), 0, None)
    areas: Float64[np.ndarray, K] = sides[:, 0] * sides[:, 1]
    return areas


def _shared_area(a: Float64[np.ndarray, "K 5"], b: Float64[np.ndarray, "K 5"]) -> Float64[np.ndarray, "K"]:
    """The area of the intersections: seen from `b`, as what clamping `a` to an upright box leaves.

    A vertical line meets both in what remains between the upper and the lower end in `a` once both are clamped to
    `b`. So the area is the integral of the clamped y along the edges of `a`, where x lies in `b`. Nothing is decided
    in it, no corner is in or out, and rounding changes the result by no more than itself.
    """
    within = b[:, None, 2:4] / 2
    from_b = np.concatenate([_turned(a[:, :2] - b[:, :2], -b[:, 4]), a[:, 2:4], a[:, 4:] - b[:, 4:]], axis=1)
    start = corners(from_b)  # [K, 4 edges, 2]
    step = np.roll(start, -1, axis=1) - start
    enter, leave = (
        np.clip(times, 0, 1)[..., None] for times in _crossings(start[..., 0], step[..., 0], within[..., 0])
    )
    bends = np.clip(np.stack(_crossings(start[..., 1], step[..., 1], within[..., 1]), axis=-1), enter, leave)
    times = np.concatenate([enter, bends, leave], axis=-1)  # [K, 4, 4]: between them the clamped y is linear
    x = start[..., :1] + times * step[..., :1]
    limit = within[..., 1:]
    y = np.clip(start[..., 1:] + times * step[..., 1:], -limit, limit)
    return np.abs((np.diff(x) * (y[..., 1:] + y[..., :-1]) / 2).sum((1, 2)))


def _crossings(
    start: Float64[np.ndarray, "K 4"], step: Float64[np.ndarray, "K 4"], limit: Float64[np.ndarray, "K 1"]
) -> tuple[Float64[np.ndarray, "K 4"], Float64[np.ndarray, "K 4"]]:
    """When `start + time * step` is at -limit and at limit, the earlier first; 0 where it never moves."""
    with np.errstate(over="ignore"):
        times = [np.divide(at - start, step, out=np.zeros_like(start), where=step != 0) for at in (-limit, limit)]
    return np.minimum(*times), np.maximum(*times)


def nms(
    boxes_cxcywha: Float64[np.ndarray, "N 5"],
    scores: Float64[np.ndarray, "N"],
    iou: float,
    classes: Int[np.ndarray, "N"] | None = None,
) -> Int[np.ndarray, "kept"]:
    """The indices of the boxes that stay, best score first: none overlaps a better one by more than `iou`.

    With `classes` only boxes of one class compete.
    """
    upright = enclosing(boxes_cxcywha)
    placed = upright if classes is None else boxes.apart(upright, classes)
    pairs = boxes.meeting_pairs(placed, placed)
    return suppression.suppressed(scores, iou, pairs, lambda i, j: iou_of_pairs(boxes_cxcywha[i], boxes_cxcywha[j]))


def voted(
    boxes_cxcywha: Float64[np.ndarray, "N 5"],
    scores: Float64[np.ndarray, "N"],
    kept: Int[np.ndarray, "kept"],
    iou: float,
    classes: Int[np.ndarray, "N"],
) -> Float64[np.ndarray, "kept 5"]:
    """What `nms` kept, each box as the mean of all of its class that it overlaps by more than `iou`, by scores.

    Angles and sides are averaged as they are when each box is turned by quarters, towards the kept one.
    """

    def seen(i: Int[np.ndarray, "K"], j: Int[np.ndarray, "K"]) -> Float64[np.ndarray, "K 5"]:
        other = boxes_cxcywha[j]
        quarters = np.rint((boxes_cxcywha[i, 4] - other[:, 4]) / QUARTER)
        sides = np.where((quarters % 2 == 1)[:, None], other[:, [3, 2]], other[:, 2:4])
        return np.concatenate([other[:, :2], sides, (other[:, 4] + quarters * QUARTER)[:, None]], axis=1)

    placed = boxes.apart(enclosing(boxes_cxcywha), classes)
    pairs = boxes.meeting_pairs(placed[kept], placed)

    def overlap(i: Int[np.ndarray, "K"], j: Int[np.ndarray, "K"]) -> Float64[np.ndarray, "K"]:
        return iou_of_pairs(boxes_cxcywha[i], boxes_cxcywha[j])

    return canonical(suppression.voted(boxes_cxcywha, scores, kept, iou, pairs, overlap, seen))

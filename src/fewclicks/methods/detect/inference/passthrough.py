"""Clicks applied to the boxes that they hit: the baseline of c3det, Sec. 5.3, and what a click is sure of."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.detections import Detections
from fewclicks.prompts import ClassClick

RIVAL_IOU = 0.5
SMALLEST_HALF = 1e-9  # pixels


def passthrough(detections: Detections, clicks: Sequence[ClassClick], certain: bool = False) -> Detections:
    """The boxes with the classes of the clicks that match them.

    In their order, each click matches the best-scoring of the boxes that contain it and that no earlier click has
    matched; a click on no box changes nothing. A matched box takes the click's class (the paper's passthrough). With
    `certain` the nearness of the click to a box's middle counts beside its score, for small things lie on large ones;
    the matched box takes the score 1 too, and all boxes that overlap it by an IoU above 0.5 go, but for matched ones:
    the person has said what is there. Best score first; the argument is not modified.
    """
    scores, class_ids = detections.scores.copy(), detections.class_ids.copy()
    matched = np.zeros(len(scores), bool)
    places = np.array([(click.x, click.y) for click in clicks], float).reshape(-1, 2)
    off_middle = _off_middle(detections.boxes, *np.split(places, 2, axis=1))
    for click, off in zip(clicks, off_middle, strict=True):
        hit = np.flatnonzero((off <= 1).all(-1) & ~matched)
        if hit.size:
            nearness = (1 - off[hit]).prod(-1) if certain else 1.0
            best = hit[np.argmax(detections.scores[hit] * nearness)]
            matched[best], class_ids[best] = True, click.class_id
    kept = np.ones(len(scores), bool)
    if certain:
        scores[matched] = 1.0
        overlaps = oriented.pairwise_iou(detections.boxes, detections.boxes[matched])
        kept = matched | ~(overlaps > RIVAL_IOU).any(1)
    order = np.argsort(-scores, kind="stable")
    order = order[kept[order]]
    return Detections(detections.boxes[order], scores[order], class_ids[order])


def contains(
    boxes: Float64[np.ndarray, "N 5"], x: float | Float64[np.ndarray, "K 1"], y: float | Float64[np.ndarray, "K 1"]
) -> Bool[np.ndarray, "*points N"]:
    """Which boxes (cx, cy, w, h, angle) the point, or each of K points, lies in; the border belongs to them."""
    off = _off_middle(boxes, x, y)
    return np.logical_and(off[..., 0] <= 1, off[..., 1] <= 1)


def _off_middle(
    boxes: Float64[np.ndarray, "N 5"], x: float | Float64[np.ndarray, "K 1"], y: float | Float64[np.ndarray, "K 1"]
) -> Float64[np.ndarray, "*points N 2"]:
    """How far the points are from the middle of each box along its sides, 1 at the border."""
    dx, dy = x - boxes[:, 0], y - boxes[:, 1]
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    along = np.stack([dx * cos + dy * sin, dy * cos - dx * sin], axis=-1)
    return np.abs(along) / np.maximum(boxes[:, 2:4] / 2, SMALLEST_HALF)

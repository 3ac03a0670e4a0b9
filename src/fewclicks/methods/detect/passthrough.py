"""Clicks applied to the boxes that they hit: the baseline of c3det, Sec. 5.3, and what a click is sure of."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from fewclicks.geometry import oriented
from fewclicks.interactions import ClassClick
from fewclicks.methods.detect.detections import Detections

RIVAL_IOU = 0.5


def passthrough(detections: Detections, clicks: Sequence[ClassClick], certain: bool = False) -> Detections:
    """The boxes with the classes of the clicks that match them.

    In their order, each click matches the best-scoring of the boxes that contain it and that no earlier click has
    matched; a click on no box changes nothing. A matched box takes the click's class (the paper's passthrough). With
    `certain` it takes the score 1 too, and all boxes that overlap it by an IoU above 0.5 go, but for matched ones: the
    person has said what is there. Best score first; the argument is not modified.
    """
    scores, class_ids = detections.scores.copy(), detections.class_ids.copy()
    matched = np.zeros(len(scores), bool)
    places = np.array([(click.x, click.y) for click in clicks], float).reshape(-1, 2)
    for click, inside in zip(clicks, contains(detections.boxes, *np.split(places, 2, axis=1)), strict=True):
        hit = np.flatnonzero(inside & ~matched)
        if hit.size:
            best = hit[np.argmax(detections.scores[hit])]
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
    dx, dy = x - boxes[:, 0], y - boxes[:, 1]
    cos, sin = np.cos(boxes[:, 4]), np.sin(boxes[:, 4])
    across = np.abs(dx * cos + dy * sin) <= boxes[:, 2] / 2
    return np.logical_and(across, np.abs(dy * cos - dx * sin) <= boxes[:, 3] / 2)

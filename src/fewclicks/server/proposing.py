"""From what a detector answers to what is proposed: clicks have the last word, and what is labelled is left out."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64

from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box, OrientedBox, Polygons, Shape
from fewclicks.methods.detect.inference.detections import Detections
from fewclicks.methods.detect.inference.passthrough import passthrough
from fewclicks.prompts import ClassClick
from fewclicks.store.proposals import Proposals

MOST_BOXES = 2000  # proposed in an image
LEAST_SCORE = 0.05
LEAST_SIDE = 0.5  # pixels
SAME_IOU = 0.5  # boxes that overlap more are about one object
PIXEL_DECIMALS, ANGLE_DECIMALS, SCORE_DECIMALS = 2, 4, 3


def proposed(
    found: Detections,
    clicks: Sequence[ClassClick],
    labelled: Float64[np.ndarray, "M 5"],
    classes: Collection[int],
    size_hw: tuple[int, int],
) -> Detections:
    """At most MOST_BOXES of what was `found`, best first: of known `classes`, in the image, and not `labelled` yet.

    The box under a click has the clicked class, whatever the model says of it. Of boxes around one object, of
    whatever classes, the best stays.
    """
    inside = within_image(found, size_hw)
    known = inside.where(np.isin(inside.class_ids, list(classes)) & (inside.scores >= LEAST_SCORE))
    told = not_among(passthrough(known, clicks, certain=True), labelled)
    best = oriented.nms(told.boxes, told.scores, SAME_IOU)[:MOST_BOXES]
    return Detections(told.boxes[best], told.scores[best], told.class_ids[best])


def within_image(found: Detections, size_hw: tuple[int, int]) -> Detections:
    """Upright boxes are cut off at the border; oriented ones are left out when their centre lies outside."""
    limit = np.array(size_hw[::-1], np.float64)
    ends = oriented.enclosing(found.boxes)
    low, high = np.clip(ends[:, :2], 0, limit), np.clip(ends[:, 2:], 0, limit)
    cut = np.concatenate([(low + high) / 2, high - low, found.boxes[:, 4:]], axis=1)
    kept = np.where(found.boxes[:, 4:] == 0, cut, found.boxes)
    valid = np.isfinite(kept).all(1) & np.isfinite(found.scores) & (kept[:, 2:4] >= LEAST_SIDE).all(1)
    valid &= ((kept[:, :2] >= 0) & (kept[:, :2] <= limit)).all(1)
    return Detections(kept, np.clip(found.scores, 0, 1), found.class_ids).where(valid)


def not_among(found: Detections, labelled: Float64[np.ndarray, "M 5"]) -> Detections:
    """Without the boxes that are about an object that is `labelled`, of whatever class."""
    return found.where(overlaps_none(found.boxes, labelled))


def overlaps_none(boxes: Float64[np.ndarray, "N 5"], labelled: Float64[np.ndarray, "M 5"]) -> Bool[np.ndarray, "N"]:
    """Which boxes overlap none of `labelled` by more than SAME_IOU."""
    return np.logical_not((oriented.pairwise_iou(boxes, labelled) > SAME_IOU).any(1))


def box_of(shape: Shape) -> Float64[np.ndarray, "5"]:
    """cx, cy, w, h, angle of an oriented box, or of the upright one around any other shape."""
    if isinstance(shape, OrientedBox):
        return np.array(shape.cxcywha, np.float64)
    if isinstance(shape, Polygons):
        points = np.concatenate([np.reshape(ring, (-1, 2)) for ring in shape.rings])
        return oriented.from_upright(np.concatenate([points.min(0), points.max(0)]).astype(np.float64))
    xyxy = shape.tight().xyxy if isinstance(shape, Mask) else shape.xyxy
    return oriented.from_upright(np.array(xyxy, np.float64))


def shape_of(box_cxcywha: Float64[np.ndarray, "5"], is_oriented: bool) -> Box | OrientedBox:
    if is_oriented:
        return OrientedBox.from_array(box_cxcywha)
    return Box(*oriented.enclosing(box_cxcywha).tolist())


def detections_of(proposals: Proposals) -> Detections:
    boxes = np.array(proposals.boxes, np.float64).reshape(-1, 5)
    return Detections(boxes, np.array(proposals.scores, np.float64), np.array(proposals.class_ids, np.int64))


def answered(before: Proposals, found: Detections, weights: str) -> Proposals:
    """The clicks of `before` with another answer, rounded to what can be seen."""
    decimals = [PIXEL_DECIMALS] * 4 + [ANGLE_DECIMALS]
    columns = [np.round(found.boxes[:, column], each) for column, each in enumerate(decimals)]
    boxes = tuple(np.stack(columns, axis=1).tolist())
    scores = tuple(np.round(found.scores, SCORE_DECIMALS).tolist())
    class_ids = tuple(found.class_ids.tolist())
    is_oriented = bool((found.boxes[:, 4] != 0).any())
    return replace(before, boxes=boxes, scores=scores, class_ids=class_ids, oriented=is_oriented, weights=weights)

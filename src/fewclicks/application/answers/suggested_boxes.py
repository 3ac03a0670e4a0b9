"""Suggestions from a model's boxes: clicked boxes get the clicked class, annotated objects are skipped."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64

from fewclicks.answers import BoxesAnswer, all_boxes
from fewclicks.class_clicks import with_clicked_classes
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box, OrientedBox, Point, Polygons, Shape
from fewclicks.model import LOWEST_SCORE, ModelInfo
from fewclicks.prompts import BoxPrompt, ClassClick
from fewclicks.store.proposals import Proposals

MOST_BOXES = 2000  # suggested in an image
SMALLEST_SIDE = 0.5  # pixels
SAME_IOU = 0.5  # boxes that overlap more are about one object
PIXEL_DECIMALS, ANGLE_DECIMALS, SCORE_DECIMALS = 2, 4, 3


def suggested(
    answer: BoxesAnswer,
    clicks: Sequence[ClassClick],
    drawn: Sequence[BoxPrompt],
    existing: Float64[np.ndarray, "M 5"],
    classes: Collection[int],
    size_hw: tuple[int, int],
) -> BoxesAnswer:
    """Return at most MOST_BOXES new boxes of `classes` inside the image, highest confidence first.

    A clicked box gets the clicked class. Boxes that a person drew are suggested as they are, with confidence 1. Of
    boxes around one object, of any class, the best one stays.
    """
    inside = within_image(answer, size_hw)
    known = inside.where(np.isin(inside.class_ids, list(classes)) & (inside.scores >= LOWEST_SCORE))
    new = not_among(with_clicked_classes(with_drawn(known, drawn), clicks), existing)
    return new.where(oriented.nms(new.boxes, new.scores, SAME_IOU)[:MOST_BOXES])


def with_drawn(answer: BoxesAnswer, drawn: Sequence[BoxPrompt]) -> BoxesAnswer:
    """Return the boxes that a person drew, with confidence 1, and the boxes of `answer` about other objects.

    A box of the same class is about a drawn object if they overlap by more than SAME_IOU, or if each contains the
    centre of the other: a model's box for a drawn object may be far too large or too small.
    """
    if not drawn:
        return answer
    ends = np.array([box.xyxy for box in drawn], np.float64)
    classes = np.array([box.class_id for box in drawn], np.int64)
    own = BoxesAnswer.of(oriented.from_upright(ends), np.ones(len(drawn)), classes, answer.oriented)
    others = not_among(answer, own.boxes)
    return all_boxes([own, others.where(np.logical_not(_repeats(others, own).any(1)))])


def _repeats(found: BoxesAnswer, drawn: BoxesAnswer) -> Bool[np.ndarray, "N M"]:
    """Return for each found and each drawn box whether they have the same class, and each has the other's centre."""
    around = oriented.contains(found.boxes, drawn.boxes[:, :1], drawn.boxes[:, 1:2]).T
    within = oriented.contains(drawn.boxes, found.boxes[:, :1], found.boxes[:, 1:2])
    return np.asarray(around & within & (found.class_ids[:, None] == drawn.class_ids))


def within_image(answer: BoxesAnswer, size_hw: tuple[int, int]) -> BoxesAnswer:
    """Clip upright boxes to the image, and remove oriented ones whose centre is outside."""
    limit = np.array(size_hw[::-1], np.float64)
    ends = oriented.enclosing(answer.boxes)
    low, high = np.clip(ends[:, :2], 0, limit), np.clip(ends[:, 2:], 0, limit)
    cut = np.concatenate([(low + high) / 2, high - low, answer.boxes[:, 4:]], axis=1)
    clipped = np.where(answer.boxes[:, 4:] == 0, cut, answer.boxes)
    valid = np.isfinite(clipped).all(1) & np.isfinite(answer.scores) & (clipped[:, 2:4] >= SMALLEST_SIDE).all(1)
    valid &= ((clipped[:, :2] >= 0) & (clipped[:, :2] <= limit)).all(1)
    return replace(answer, boxes=clipped, scores=np.clip(answer.scores, 0, 1)).where(valid)


def not_among(answer: BoxesAnswer, existing: Float64[np.ndarray, "M 5"]) -> BoxesAnswer:
    """Return the boxes that do not overlap an `existing` object of any class."""
    return answer.where(overlaps_none(answer.boxes, existing))


def overlaps_none(boxes: Float64[np.ndarray, "N 5"], existing: Float64[np.ndarray, "M 5"]) -> Bool[np.ndarray, "N"]:
    """Return which boxes overlap none of `existing` by more than SAME_IOU."""
    return np.logical_not((oriented.pairwise_iou(boxes, existing) > SAME_IOU).any(1))


def box_of(shape: Shape) -> Float64[np.ndarray, "5"]:
    """Return cx, cy, w, h, angle of an oriented box, or of the upright box around any other shape.

    The box around a point has no area, so it overlaps nothing.
    """
    if isinstance(shape, Point):
        return np.array([*shape.xy, 0, 0, 0], np.float64)
    if isinstance(shape, OrientedBox):
        return np.array(shape.cxcywha, np.float64)
    if isinstance(shape, Polygons):
        points = np.concatenate([np.reshape(ring, (-1, 2)) for ring in shape.rings])
        return oriented.from_upright(np.concatenate([points.min(0), points.max(0)]).astype(np.float64))
    xyxy = shape.tight().xyxy if isinstance(shape, Mask) else shape.xyxy
    return oriented.from_upright(np.array(xyxy, np.float64))


def shape_of(box_cxcywha: Float64[np.ndarray, "5"], is_oriented: bool) -> Box | OrientedBox:
    """Return the shape of a box."""
    if is_oriented:
        return OrientedBox.from_array(box_cxcywha)
    return Box(*oriented.enclosing(box_cxcywha).tolist())


def boxes_of(suggestions: Proposals) -> BoxesAnswer:
    """Return stored suggestions as an answer."""
    boxes = np.array(suggestions.boxes, np.float64).reshape(-1, 5)
    scores, class_ids = np.array(suggestions.scores, np.float64), np.array(suggestions.class_ids, np.int64)
    return BoxesAnswer.of(boxes, scores, class_ids, suggestions.oriented)


def all_boxes_of(suggestions: Iterable[Proposals]) -> BoxesAnswer:
    """Return the stored suggestions of several images as one answer, in their order."""
    return all_boxes([BoxesAnswer.none(), *map(boxes_of, suggestions)])


def with_boxes(before: Proposals, answer: BoxesAnswer) -> Proposals:
    """Return the suggestions with the boxes of `answer`, rounded to visible precision."""
    decimals = [PIXEL_DECIMALS] * 4 + [ANGLE_DECIMALS]
    columns = [np.round(answer.boxes[:, column], each) for column, each in enumerate(decimals)]
    return replace(
        before,
        boxes=tuple(np.stack(columns, axis=1).tolist()),
        scores=tuple(np.round(answer.scores, SCORE_DECIMALS).tolist()),
        class_ids=tuple(answer.class_ids.tolist()),
    )


def with_answer(before: Proposals, answer: BoxesAnswer, searched: Collection[int], info: ModelInfo) -> Proposals:
    """Return the clicks of `before` with the answer of a model, which looked for the classes `searched`."""
    boxes = with_boxes(before, answer)
    return replace(boxes, searched=tuple(searched), oriented=answer.oriented, method=info.role, weights=info.version)

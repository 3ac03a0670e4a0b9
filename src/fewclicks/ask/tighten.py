"""Suggested boxes tightened to masks: a mask model outlines the object in a box, and the box of the mask replaces it.

A detector that has learnt from few images finds objects, but its boxes are loose, so people have to correct them. A
mask model outlines many kinds of object, but not every kind, and people can box objects in their own way. So the boxes
of a class are only tightened if the mask model reproduces labelled boxes of this class. With more images, the detector
becomes better than the mask model: tightening then costs time in finished images, and stops.
"""

from collections import Counter, defaultdict, deque
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.answers import BoxesAnswer, MaskAnswer
from fewclicks.ask.assist import outcomes, saved
from fewclicks.ask.costs import Costs
from fewclicks.ask.oracle import RIGHT_IOU
from fewclicks.ask.pool import SAME_IOU
from fewclicks.geometry import oriented
from fewclicks.geometry.masks import Mask
from fewclicks.model import Encoding, Model
from fewclicks.prompts import BoxPrompt, Click, Prompts

MaskModel = Model[Any, MaskAnswer, Any]
MARGIN = 0.1  # of the sides of a box, added on each side: the box can be too small for its object
TRUSTED = 0.9  # minimum share of the labelled boxes of a class that the mask model reproduces
LATEST = 100  # suggestions of a class that show whether tightening saves time


class Tightener:
    """A tool that tightens boxes, and learns from finished images of which classes."""

    def __init__(self, model: MaskModel, has_angles: bool) -> None:
        """has_angles: whether boxes are oriented."""
        self.model, self.has_angles = model, has_angles
        self._known: Counter[int] = Counter()
        self._found: Counter[int] = Counter()
        self._saved: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=LATEST))

    def learn(
        self, encoding: Encoding[Any], boxes: Float64[np.ndarray, "N 5"], class_ids: Int64[np.ndarray, "N"]
    ) -> None:
        """Count the labelled boxes that the mask model reproduces (IoU at least RIGHT_IOU).

        encoding: of the image, by the mask model. boxes: cx, cy, w, h in pixels and an angle in radians.
        """
        found = oriented.iou_of_pairs(boxes, self._of_masks(encoding, boxes)) >= RIGHT_IOU
        self._known.update(class_ids.tolist())
        self._found.update(class_ids[found].tolist())

    def compare(
        self,
        predicted: BoxesAnswer,
        tight: Float64[np.ndarray, "N 5"],
        objects: Float64[np.ndarray, "M 5"],
        object_classes: Int64[np.ndarray, "M"],
        costs: Costs,
    ) -> None:
        """Learn from all objects of an image whether tightening these suggestions saves time.

        tight: the N boxes of `predicted` after `tightened`.
        """
        changed = (tight != predicted.boxes).any(1)
        both = predicted.where(changed), replace(predicted, boxes=tight).where(changed)
        before, after = (outcomes(each, objects, object_classes) for each in both)
        for was, is_now in zip(before, after, strict=True):
            self._saved[was.class_id].append(saved(is_now.kind, costs) - saved(was.kind, costs))

    def is_trusted(self, class_id: int) -> bool:
        """Return whether to tighten the boxes of a class.

        The mask model has to reproduce enough of its boxes; one more counts as reproduced, and one as not. In addition,
        the latest suggestions that tightening changed must not have cost more time than the predicted ones would have.
        """
        share = (self._found[class_id] + 1) / (self._known[class_id] + 2)
        return share >= TRUSTED and sum(self._saved[class_id]) >= 0

    def tightened(
        self, encoding: Encoding[Any], boxes: Float64[np.ndarray, "N 5"], class_ids: Int64[np.ndarray, "N"]
    ) -> Float64[np.ndarray, "N 5"]:
        """Return the suggested boxes, with those of trusted classes tightened.

        A box stays as it is if the mask is in another place or has another size (an IoU below SAME_IOU).
        """
        result = boxes.copy()
        trusted = np.array([self.is_trusted(class_id) for class_id in class_ids.tolist()], bool)
        tight = self._of_masks(encoding, boxes[trusted])
        is_same = oriented.iou_of_pairs(boxes[trusted], tight) >= SAME_IOU
        result[np.flatnonzero(trusted)[is_same]] = tight[is_same]
        return result

    def _of_masks(self, encoding: Encoding[Any], boxes: Float64[np.ndarray, "N 5"]) -> Float64[np.ndarray, "N 5"]:
        return np.array([self._of_mask(encoding, box) for box in boxes], np.float64).reshape(-1, 5)

    def _of_mask(self, encoding: Encoding[Any], box: Float64[np.ndarray, "5"]) -> Float64[np.ndarray, "5"]:
        """Return the box of the mask of the object in a box; the box itself if there is no mask."""
        prompts = _prompts(box, encoding.size_hw)
        mask = self.model.respond(encoding, prompts).answer.masks[0] if prompts else None
        if mask is None or not mask.area:
            return box
        return oriented.from_mask(mask) if self.has_angles else _upright(mask)


def _prompts(box: Float64[np.ndarray, "5"], size_hw: tuple[int, int]) -> Prompts | None:
    """Return a box a little larger than `box`, and a click in its middle; None if the middle is not in the image."""
    (x, y), limit = box[:2].tolist(), np.array([size_hw[1], size_hw[0]] * 2, np.float64)
    around = oriented.enclosing(box)
    margin = MARGIN * np.tile(around[2:] - around[:2], 2) * [-1, -1, 1, 1]
    x0, y0, x1, y1 = np.clip(around + margin, 0, limit).tolist()
    if not (x0 < x < x1 and y0 < y < y1):
        return None
    return Prompts.of(BoxPrompt(x0, y0, x1, y1), Click(x, y, True))


def _upright(mask: Mask) -> Float64[np.ndarray, "5"]:
    return oriented.from_upright(np.array(mask.tight().xyxy, np.float64))

"""Class clicks applied to boxes that a model found: each click gives its class to the box that it hits."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry import oriented
from fewclicks.prompts import ClassClick

RIVAL_IOU = 0.5


def with_clicked_classes(answer: BoxesAnswer, clicks: Sequence[ClassClick]) -> BoxesAnswer:
    """Give each clicked box the clicked class with confidence 1, and remove boxes that overlap it.

    In their order, each click takes the best of the boxes that contain it and that no earlier click took: the product
    of confidence and nearness of the click to the centre decides, because small objects lie on large ones. Boxes that
    overlap a clicked box by an IoU above 0.5 are removed unless they were clicked too. A click on no box changes
    nothing. Highest confidence first; the argument is not modified.
    """
    if not len(answer) or not clicks:
        return answer
    off = _off_centre(answer, clicks)
    chosen = _chosen(np.where((off <= 1).all(-1), answer.scores * (1 - off).prod(-1), -np.inf))
    clicked = _reclassified(answer, clicks, chosen, confidence=1.0)
    is_clicked = np.zeros(len(answer), bool)
    is_clicked[chosen[chosen >= 0]] = True
    overlaps = oriented.pairwise_iou(answer.boxes, answer.boxes[is_clicked])
    kept = is_clicked | ~(overlaps > RIVAL_IOU).any(1)
    order = np.argsort(-clicked.scores, kind="stable")
    return clicked.where(order[kept[order]])


def passed_through(answer: BoxesAnswer, clicks: Sequence[ClassClick]) -> BoxesAnswer:
    """Give each clicked box the clicked class and change nothing else: the passthrough baseline of c3det, Sec. 5.3.

    In their order, each click takes the box of the highest confidence that contains it and that no earlier click took;
    a click on no box changes nothing. The argument is not modified.
    """
    if not len(answer) or not clicks:
        return answer
    hit = (_off_centre(answer, clicks) <= 1).all(-1)
    return _reclassified(answer, clicks, _chosen(np.where(hit, answer.scores, -np.inf)))


def _off_centre(answer: BoxesAnswer, clicks: Sequence[ClassClick]) -> Float64[np.ndarray, "K N 2"]:
    places = np.array([(click.x, click.y) for click in clicks], np.float64)
    return oriented.off_centre(answer.boxes, places[:, :1], places[:, 1:])


def _chosen(values: Float64[np.ndarray, "K N"]) -> Int64[np.ndarray, "K"]:
    """For each click in turn the best box by `values` that no earlier click took; -1 where there is none."""
    left = values.copy()
    chosen = np.full(len(values), -1, np.int64)
    for number in range(len(values)):
        best = int(left[number].argmax())
        if left[number, best] > -np.inf:
            chosen[number] = best
            left[:, best] = -np.inf
    return chosen


def _reclassified(
    answer: BoxesAnswer,
    clicks: Sequence[ClassClick],
    chosen: Int64[np.ndarray, "K"],
    confidence: float | None = None,
) -> BoxesAnswer:
    """The chosen box of each click in the class of the click, the only one that is probable for it."""
    taken = chosen >= 0
    boxes, class_ids = chosen[taken], np.array([click.class_id for click in clicks], np.int64)[taken]
    scores, every_class = answer.scores.copy(), answer.class_ids.copy()
    scores[boxes] = answer.scores[boxes] if confidence is None else confidence
    every_class[boxes] = class_ids
    classes = tuple(sorted({*answer.classes, *class_ids.tolist()}))
    probabilities = np.zeros((len(answer), len(classes)))
    probabilities[:, np.searchsorted(classes, answer.classes)] = answer.probabilities
    probabilities[boxes] = 0.0
    probabilities[boxes, np.searchsorted(classes, class_ids)] = scores[boxes]
    return BoxesAnswer(answer.boxes, scores, every_class, probabilities, classes, answer.oriented)

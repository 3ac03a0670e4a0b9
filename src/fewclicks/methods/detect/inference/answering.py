"""From the output of a network to boxes: confidences, suppression of duplicates, classes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float64, Int64

from fewclicks.answers import BoxesAnswer, all_boxes
from fewclicks.geometry import boxes as upright
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.network.box_coding import decode
from fewclicks.methods.detect.inference.network.cells import references
from fewclicks.methods.detect.inference.network.regions import on_level, rows, squares
from fewclicks.methods.detect.inference.network.runtime import Maps, Runtime

CANDIDATES = 1000  # boxes of an image, all classes together, that suppression chooses from,
LIKELY, MOST_CANDIDATES = 0.3, 8000  # or all boxes of this confidence, at most so many: several around each object
PROPOSALS, KEPT_PROPOSALS, PROPOSAL_IOU = 600, 256, 0.7  # before and after suppression in the first of two stages
UPRIGHT_IOU, ORIENTED_IOU = 0.4, 0.2  # above it two boxes of a class are one object (docs/detect.md)
VOTING_IOU = 0.4  # above it a suppressed box moves the box that stays


def boxes_and_scores(
    runtime: Runtime,
    cells: Float[np.ndarray, "M V"],
    fused: Maps,
    size_hw: tuple[int, int],
    channels: Sequence[int],
    lowest_score: float,
) -> tuple[Float64[np.ndarray, "N 5"], Float64[np.ndarray, "N C"]]:
    """Return the best boxes, by the scores for `channels`, in pixels of the input, and all scores of each."""
    design, at = runtime.network.design, references(size_hw)
    if design.stages == "one":
        best = best_cells(cells[:, channels], lowest_score)
        logits, values = cells[best, : -design.box_values], cells[best, -design.box_values :]
        return decode(values, at[best], design.oriented), sigmoid(logits)
    regions = _proposed(cells, at)
    answers = runtime.regions(fused, rows(regions, 0), on_level(regions))
    scores = softmax(answers[:, : -design.box_values])[:, 1:]
    return decode(answers[:, -design.box_values :], regions, design.oriented), scores


def best_cells(logits: Float[np.ndarray, "M C"], lowest_score: float) -> Int64[np.ndarray, "K"]:
    """Return the cells of the highest confidence for any channel, highest first; all of at least `lowest_score`."""
    highest = sigmoid(logits.max(1, initial=-np.inf))
    best = _best(highest)
    return best[highest[best] >= lowest_score]


def _proposed(cells: Float[np.ndarray, "M 5"], at: Float64[np.ndarray, "M 3"]) -> Float64[np.ndarray, "R 3"]:
    scores = cells[:, 0].astype(np.float64)
    best = np.argsort(-scores, kind="stable")[:PROPOSALS]
    boxes = decode(cells[best, 1:], at[best], oriented=False)
    kept = upright.nms(oriented.enclosing(boxes), scores[best], PROPOSAL_IOU)[:KEPT_PROPOSALS]
    return squares(boxes[kept])


def candidates(
    boxes: Float64[np.ndarray, "N 5"],
    scores: Float64[np.ndarray, "N C"],
    class_of: Mapping[int, int],
    size_hw: tuple[int, int],
    scale: float,
    lowest_score: float,
    oriented_boxes: bool,
) -> BoxesAnswer:
    """Return one candidate for each box and channel of at least `lowest_score`, the best of all; duplicates remain.

    class_of: the classes of the channels that were asked. The boxes become those of the image of `size_hw`, which was
    read at `scale`; boxes with their centre outside are left out.
    """
    channels = np.array(sorted(class_of), np.int64)
    boxes = boxes / np.array([scale] * 4 + [1])
    within = np.logical_and(boxes[:, :2] >= 0, boxes[:, :2] <= np.array([size_hw[1], size_hw[0]]))
    asked = scores[:, channels]
    which, column = np.nonzero((asked >= lowest_score) & within[:, :1] & within[:, 1:])
    found = asked[which, column]
    best = _best(found)
    which, column = which[best], column[best]
    classes = np.array([class_of[channel] for channel in channels.tolist()], np.int64)
    every = oriented.canonical(boxes[which])
    return BoxesAnswer(every, found[best], classes[column], asked[which], tuple(classes.tolist()), oriented_boxes)


def without_duplicates(parts: Sequence[BoxesAnswer], oriented_boxes: bool) -> BoxesAnswer:
    """Return each object of a class once, highest confidence first, with the mean of its boxes.

    The confidence tells well whether a box is an object, and less well how precisely the box lies: hence the mean.
    """
    if not parts:
        return BoxesAnswer.none(oriented_boxes)
    every = all_boxes(parts)
    every = every.where(_best(every.scores))
    boxes, scores, class_ids = every.boxes, every.scores, every.class_ids
    if oriented_boxes:
        kept = oriented.nms(boxes, scores, ORIENTED_IOU, class_ids)
        means = oriented.voted(boxes, scores, kept, VOTING_IOU, class_ids)
    else:
        ends = oriented.enclosing(boxes)
        kept = upright.nms(ends, scores, UPRIGHT_IOU, class_ids)
        means = oriented.from_upright(upright.voted(ends, scores, kept, VOTING_IOU, class_ids))
    return replace(every.where(kept), boxes=means)


def _best(scores: Float[np.ndarray, "N"]) -> Int64[np.ndarray, "K"]:
    """The indices of the candidates, the highest first, the earlier of equal ones first."""
    count = max(CANDIDATES, min(int(np.count_nonzero(scores >= LIKELY)), MOST_CANDIDATES))
    chosen = np.arange(len(scores))
    if len(scores) > count:
        chosen = np.sort(np.argpartition(-scores, count)[:count])
    return chosen[np.argsort(-scores[chosen], kind="stable")]


def sigmoid(logits: Float[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
    return 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -60, 60)))


def softmax(logits: Float[np.ndarray, "N C"]) -> Float64[np.ndarray, "N C"]:
    powers = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(1, keepdims=True)

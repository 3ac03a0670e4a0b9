"""From what a network says of cells or regions to boxes: scores, the best of those that mean the same, classes."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Float64, Int64

from fewclicks.geometry import boxes as upright
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.box_coding import decode
from fewclicks.methods.detect.inference.cells import references
from fewclicks.methods.detect.inference.detections import Detections
from fewclicks.methods.detect.inference.regions import on_level, rows, squares
from fewclicks.methods.detect.inference.runtime import Maps, Runtime

LOWEST_SCORE = 0.05  # of what is answered
CANDIDATES = 1000  # best boxes of an image that suppression chooses from, all classes together,
LIKELY, MOST_CANDIDATES = 0.3, 8000  # or all that score as much: several around each of a thousand objects
PROPOSALS, KEPT_PROPOSALS, PROPOSAL_IOU = 600, 256, 0.7  # before and after suppression in the first of two stages
UPRIGHT_IOU, ORIENTED_IOU = 0.4, 0.2  # from which on two boxes of a class are the same object (docs/detect.md)
VOTING_IOU = 0.4  # from which on one says how the other lies


def boxes_and_scores(
    runtime: Runtime, cells: Float[np.ndarray, "M V"], fused: Maps, size_hw: tuple[int, int], channels: Sequence[int]
) -> tuple[Float64[np.ndarray, "N 5"], Float64[np.ndarray, "N C"]]:
    """The best boxes, by the scores for `channels`, in pixels of the input, and the score of each for each channel."""
    design, at = runtime.traits.design, references(size_hw)
    if design.stages == "one":
        logits = cells[:, : -design.box_values]
        highest = sigmoid(logits[:, channels].max(1, initial=-np.inf))
        best = _best(highest)
        best = best[highest[best] >= LOWEST_SCORE]
        return decode(cells[best, -design.box_values :], at[best], design.oriented), sigmoid(logits[best])
    regions = _proposed(cells, at)
    answers = runtime.regions(fused, rows(regions, 0), on_level(regions))
    scores = softmax(answers[:, : -design.box_values])[:, 1:]
    return decode(answers[:, -design.box_values :], regions, design.oriented), scores


def _proposed(cells: Float[np.ndarray, "M 5"], at: Float64[np.ndarray, "M 3"]) -> Float64[np.ndarray, "R 3"]:
    scores = cells[:, 0].astype(np.float64)
    best = np.argsort(-scores, kind="stable")[:PROPOSALS]
    boxes = decode(cells[best, 1:], at[best], oriented=False)
    kept = upright.nms(oriented.enclosing(boxes), scores[best], PROPOSAL_IOU)[:KEPT_PROPOSALS]
    return squares(boxes[kept])


def detections(
    boxes: Float64[np.ndarray, "N 5"],
    scores: Float64[np.ndarray, "N C"],
    class_of: Mapping[int, int],
    size_hw: tuple[int, int],
    scale: float,
) -> Detections:
    """The best of all boxes and channels that score enough; `class_of` gives the classes of channels.

    Boxes become those of the image of `size_hw` that was read at `scale`; what has its centre outside goes.
    """
    channels = np.array(sorted(class_of), np.int64)
    boxes = boxes / np.array([scale] * 4 + [1])
    within = np.logical_and(boxes[:, :2] >= 0, boxes[:, :2] <= np.array([size_hw[1], size_hw[0]]))
    told = scores[:, channels]
    which, column = np.nonzero((told >= LOWEST_SCORE) & within[:, :1] & within[:, 1:])
    found = told[which, column]
    best = _best(found)
    which, column = which[best], column[best]
    classes = np.array([class_of[channel] for channel in channels.tolist()], np.int64)
    return Detections(oriented.canonical(boxes[which]), found[best], classes[column])


def best_of(every: Detections, turned: bool) -> Detections:
    """Of all boxes of a class that are the same object the mean, best score first: scores tell well what is an object,
    and less well how its box lies.
    """
    order = _best(every.scores)
    boxes, scores, class_ids = every.boxes[order], every.scores[order], every.class_ids[order]
    if turned:
        kept = oriented.nms(boxes, scores, ORIENTED_IOU, class_ids)
        means = oriented.voted(boxes, scores, kept, VOTING_IOU, class_ids)
    else:
        ends = oriented.enclosing(boxes)
        kept = upright.nms(ends, scores, UPRIGHT_IOU, class_ids)
        means = oriented.from_upright(upright.voted(ends, scores, kept, VOTING_IOU, class_ids))
    return Detections(means, scores[kept], class_ids[kept])


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

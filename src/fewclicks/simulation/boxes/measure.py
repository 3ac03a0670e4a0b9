"""Accuracy of boxes: average precision, as in the paper (c3det, Sec. 5.2: at IoU 0.5) and as in COCO.

Both match as COCO does: the boxes of a class in an image, highest confidence first, each take the free object of that
class that they overlap most. They differ in the curve: the paper's is the area under precision against recall at IoU
0.5; COCO's is precision at 101 recalls, averaged over IoU 0.5, 0.55, ... 0.95. Both average over the classes that have
an object in the data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry import boxes, oriented

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
NEAR_ONE = 1 - 1e-10
DECIMALS = 12  # so that rounding does not make a share of one half smaller


@dataclass(frozen=True)
class GroundTruth:
    """The ground truth of an image: boxes as in BoxesAnswer, and their classes.

    `ignored` objects (groups, and objects that cannot be judged) need not be found. A box without another object counts
    neither way when an ignored object covers at least the threshold of its area; that object takes any number of boxes.
    """

    boxes: Float64[np.ndarray, "N 5"]
    class_ids: Int64[np.ndarray, "N"]
    ignored: Bool[np.ndarray, "N"]


@dataclass(frozen=True)
class Matches:
    """Whether D boxes of an image, highest confidence first, found an object at each of the ten thresholds (`hits`), or
    count neither way (`void`).
    """

    scores: Float64[np.ndarray, "D"]
    class_ids: Int64[np.ndarray, "D"]
    hits: Bool[np.ndarray, "10 D"]
    void: Bool[np.ndarray, "10 D"]


@dataclass(frozen=True)
class Scores:
    """Average precision by class id, 0..1, and its mean over the classes."""

    ap50: Mapping[int, float]
    coco_ap: Mapping[int, float]

    @property
    def map50(self) -> float:
        return float(np.mean(list(self.ap50.values())))

    @property
    def coco_map(self) -> float:
        return float(np.mean(list(self.coco_ap.values())))


def object_counts(truths: Iterable[GroundTruth]) -> dict[int, int]:
    """Return the number of objects of each class to be found, by class id."""
    found = np.concatenate([np.zeros(0, np.int64), *(truth.class_ids[~truth.ignored] for truth in truths)])
    return {int(class_id): int(count) for class_id, count in zip(*np.unique(found, return_counts=True), strict=True)}


def match(found: BoxesAnswer, truth: GroundTruth, most: int | None = None) -> Matches:
    """Return which boxes found an object. With `most`, only the best N boxes of each class take part."""
    order = np.argsort(-found.scores, kind="stable")
    if most is not None:
        order = order[_rank_in_class(found.class_ids[order]) < most]
    class_ids = found.class_ids[order]
    overlaps = _overlaps(found.boxes[order], truth)
    overlaps[class_ids[:, None] != truth.class_ids] = 0
    hits, void = np.zeros((2, len(THRESHOLDS), len(order)), bool)
    taken = np.zeros((len(THRESHOLDS), len(truth.class_ids)), bool)
    limits = np.minimum(THRESHOLDS, NEAR_ONE)[:, None]
    for index in np.flatnonzero((overlaps >= limits[0]).any(1)):  # all others miss at every threshold
        enough = overlaps[index] >= limits
        free = enough & ~taken & ~truth.ignored
        hits[:, index] = free.any(1)
        void[:, index] = ~hits[:, index] & (enough & truth.ignored).any(1)
        best = free.shape[1] - 1 - np.where(free, overlaps[index], -1.0)[:, ::-1].argmax(1)  # the last of equal ones
        taken[hits[:, index], best[hits[:, index]]] = True
    return Matches(found.scores[order], class_ids, hits, void)


def _rank_in_class(class_ids: Int64[np.ndarray, "D"]) -> Int64[np.ndarray, "D"]:
    ranks = np.zeros(len(class_ids), np.int64)
    for class_id in np.unique(class_ids):
        own = class_ids == class_id
        ranks[own] = np.arange(own.sum())
    return ranks


def _overlaps(found: Float64[np.ndarray, "D 5"], truth: GroundTruth) -> Float64[np.ndarray, "D G"]:
    """Return the IoU with objects, and with ignored objects the share of the box that lies in them."""
    upright = not (found[:, 4].any() or truth.boxes[:, 4].any())
    a, b = found, truth.boxes
    iou = boxes.pairwise_iou(_xyxy(a), _xyxy(b)) if upright else oriented.pairwise_iou(a, b)
    own, theirs = oriented.area(found)[:, None], oriented.area(truth.boxes)[None]
    shared = iou * (own + theirs) / (1 + iou)
    share = np.divide(shared, own, out=np.zeros_like(iou), where=own > 0)
    return np.where(truth.ignored, np.round(share, DECIMALS), iou)


def _xyxy(upright: Float64[np.ndarray, "N 5"]) -> Float64[np.ndarray, "N 4"]:
    half = upright[:, 2:4] / 2
    return np.concatenate([upright[:, :2] - half, upright[:, :2] + half], axis=1)


def average_precision(matches: Sequence[Matches], counts: Mapping[int, int]) -> Scores:
    """Return the figures of all images. `counts` are the objects to be found by class (`object_counts`), each above 0.

    Boxes of classes without an object are left out. Raises ValueError when there are no classes.
    """
    if not counts:
        raise ValueError("no objects in the data, so there is nothing to measure; choose other data")
    scores = np.concatenate([each.scores for each in matches])
    class_ids = np.concatenate([each.class_ids for each in matches])
    hits, void = (np.concatenate([getattr(each, name) for each in matches], axis=1) for name in ("hits", "void"))
    order = np.argsort(-scores, kind="stable")
    ap50, coco_ap = {}, {}
    for class_id, count in counts.items():
        own = order[class_ids[order] == class_id]
        recall, precision = _curve(hits[:, own], void[:, own], count)
        ap50[class_id] = float((np.diff(recall[0], prepend=0.0) * precision[0]).sum())
        coco_ap[class_id] = float(np.mean([_at_recalls(r, p) for r, p in zip(recall, precision, strict=True)]))
    return Scores(ap50, coco_ap)


def _curve(
    hits: Bool[np.ndarray, "10 D"], void: Bool[np.ndarray, "10 D"], count: int
) -> tuple[Float64[np.ndarray, "10 D"], Float64[np.ndarray, "10 D"]]:
    """Return the recall after each box, and the best precision at that recall or a higher one."""
    right, wrong = np.cumsum(hits, axis=1), np.cumsum(~hits & ~void, axis=1)
    precision = right / np.maximum(right + wrong, 1)
    return right / count, np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]


def _at_recalls(recall: Float64[np.ndarray, "D"], precision: Float64[np.ndarray, "D"]) -> float:
    places = np.searchsorted(recall, RECALLS)
    return float(np.append(precision, 0.0)[places].mean())

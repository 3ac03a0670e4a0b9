"""The pool of predicted boxes that a person can be asked about (box-active-learning, Sec. 3.1, Eq. 1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry import oriented

SAME_IOU = 0.5  # from which on two boxes are of one object


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """N candidate boxes.

    images: the number of the image of each. boxes: cx, cy, w, h, angle, as in BoxesAnswer. class_ids: the predicted
    class of each. probabilities: the probability of each of C classes, 0..1. features: a vector for each box, of length
    0 from a model without features.
    """

    images: Int64[np.ndarray, "N"]
    boxes: Float64[np.ndarray, "N 5"]
    class_ids: Int64[np.ndarray, "N"]
    probabilities: Float64[np.ndarray, "N C"]
    features: Float32[np.ndarray, "N D"]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def scores(self) -> Float64[np.ndarray, "N"]:
        """The highest class probability of each box: P in Sec. 3.3."""
        return self.probabilities.max(1, initial=0.0)

    def where(self, chosen: Bool[np.ndarray, "N"] | Int64[np.ndarray, "K"]) -> "Pool":
        """Return the chosen boxes, in the order of the indices."""
        return Pool(
            self.images[chosen],
            self.boxes[chosen],
            self.class_ids[chosen],
            self.probabilities[chosen],
            self.features[chosen],
        )

    def of_image(self, number: int) -> "Pool":
        """Return the boxes of one image."""
        return self.where(self.images == number)


def pool_of(answers: Mapping[int, BoxesAnswer], lowest: float) -> Pool:
    """Return the boxes of `answers`, by image number, whose confidence is at least `lowest`: t_d in Eq. 1.

    Raises ValueError for answers with different classes or lengths of features.
    """
    kept = {number: answer.where(answer.scores >= lowest) for number, answer in answers.items()}
    kept = {number: answer for number, answer in kept.items() if len(answer)}
    if not kept:
        return Pool(np.zeros(0, np.int64), np.zeros((0, 5)), np.zeros(0, np.int64), *_no_vectors())
    parts = list(kept.values())
    if len({part.classes for part in parts}) > 1 or len({_features(part).shape[1] for part in parts}) > 1:
        raise ValueError("the answers differ in their classes or in the length of their features")
    return Pool(
        np.repeat(np.array(list(kept), np.int64), [len(part) for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([_features(part) for part in parts]),
    )


def is_free(pool: Pool, judged: Mapping[int, Float64[np.ndarray, "_ 5"]]) -> Bool[np.ndarray, "N"]:
    """Return which boxes are not of an object or place that a person has judged.

    judged: by image number, the boxes that were labelled or rejected. A candidate is not free when its IoU with one of
    them is at least SAME_IOU.
    """
    free = np.ones(len(pool), bool)
    for number, boxes in judged.items():
        own = np.flatnonzero(pool.images == number)
        if len(own) and len(boxes):
            free[own] = oriented.pairwise_iou(pool.boxes[own], boxes).max(1) < SAME_IOU
    return free


def recall(pool: Pool, objects: Iterable[tuple[int, Float64[np.ndarray, "_ 5"]]]) -> float:
    """Return the share of the objects that the pool covers with an IoU of at least SAME_IOU: the recall of t_d.

    objects: the number and the objects of each image. Without objects the recall is 1.
    """
    found = total = 0
    for number, boxes in objects:
        overlaps = oriented.pairwise_iou(boxes, pool.of_image(number).boxes)
        found += int((overlaps.max(1, initial=0.0) >= SAME_IOU).sum())
        total += len(boxes)
    return found / total if total else 1.0


def _features(answer: BoxesAnswer) -> Float32[np.ndarray, "N D"]:
    return np.zeros((len(answer), 0), np.float32) if answer.features is None else answer.features


def _no_vectors() -> tuple[Float64[np.ndarray, "0 0"], Float32[np.ndarray, "0 0"]]:
    return np.zeros((0, 0)), np.zeros((0, 0), np.float32)

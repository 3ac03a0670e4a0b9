"""Answers of models: masks of one object, a partition of the image, or boxes or points of all objects.

The union is closed: `application/answers` has a module for each type.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt16

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import FREE, merge

Task = Literal["mask", "partition", "boxes", "points"]
TASKS: tuple[Task, ...] = get_args(Task)
MOST_MASKS = 3


@dataclass(frozen=True, slots=True, eq=False)
class MaskAnswer:
    """One to three masks of the prompted object, best first, each the size of the image.

    predicted_ious: for each mask the predicted IoU, 0..1, or None without a prediction.
    Raises ValueError unless there are one to three masks with as many predictions.
    """

    masks: tuple[Mask, ...]
    predicted_ious: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.masks) <= MOST_MASKS or len(self.masks) != len(self.predicted_ious):
            counts = f"{len(self.masks)} masks and {len(self.predicted_ious)} predicted IoUs"
            raise ValueError(f"expected 1 to {MOST_MASKS} masks, each with a predicted IoU, got {counts}")

    @classmethod
    def of(cls, mask: Mask, predicted_iou: float | None = None) -> "MaskAnswer":
        """Return an answer of one mask."""
        return cls((mask,), (predicted_iou,))

    @property
    def mask(self) -> Mask:
        """The best mask."""
        return self.masks[0]

    @property
    def predicted_iou(self) -> float | None:
        """The predicted IoU of the best mask."""
        return self.predicted_ious[0]

    @property
    def nbytes(self) -> int:
        return sum(mask.crop.nbytes for mask in self.masks)


@dataclass(frozen=True, slots=True, eq=False)
class PartitionAnswer:
    """The target of every pixel: 0 for none, k for `targets[k - 1]`; `labels` is read-only.

    predicted_ious: the predicted IoU, 0..1, of each target that has a prediction.
    """

    targets: tuple[str, ...]
    labels: UInt16[np.ndarray, "H W"]
    predicted_ious: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_masks(cls, masks: Mapping[str, Mask], size_hw: tuple[int, int]) -> "PartitionAnswer":
        """Return the partition of `masks` by target; overlapping pixels belong to the smallest mask."""
        owner = merge(list(masks.values()), size_hw)
        return cls(tuple(masks), (owner - FREE).astype(np.uint16))

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.labels.shape[0], self.labels.shape[1])

    @property
    def nbytes(self) -> int:
        return self.labels.nbytes

    @property
    def unlabelled(self) -> float:
        """The share of pixels that belong to no target, 0..1."""
        return float((self.labels == 0).mean())

    def mask(self, target: str) -> Mask:
        """Return the mask of a target. Raises ValueError for a target that is not in the partition."""
        return Mask.from_full(self.labels == self.targets.index(target) + 1)

    def renumbered(self, targets: Sequence[str]) -> UInt16[np.ndarray, "H W"]:
        """Return the labels in the numbering of `targets`, 0 for missing targets; read-only."""
        if tuple(targets[: len(self.targets)]) == self.targets:
            return self.labels
        numbers = {target: number for number, target in enumerate(targets, start=1)}
        table = np.array([0, *(numbers.get(target, 0) for target in self.targets)], np.uint16)
        renumbered: UInt16[np.ndarray, "H W"] = table[self.labels]
        return renumbered


def unchanged_targets(before: PartitionAnswer, after: PartitionAnswer) -> set[str]:
    """Return the targets of both partitions that cover the same pixels in both; none when the images differ in size."""
    if before.size_hw != after.size_hw:
        return set()
    shared = set(before.targets) & set(after.targets)
    last = max((number for number, target in enumerate(after.targets, start=1) if target in shared), default=0)
    numbers = before.renumbered(after.targets)
    differ = (numbers != after.labels) & ((numbers != 0) | (after.labels <= last))  # numbers above `last` are new
    counts = sum(
        np.bincount(labels[differ], minlength=len(after.targets) + 1)[1:] for labels in (numbers, after.labels)
    )
    return shared - {after.targets[index] for index in np.flatnonzero(counts).tolist()}


@dataclass(frozen=True, slots=True, eq=False)
class BoxesAnswer:
    """N boxes of an image, highest confidence first.

    boxes: cx, cy, w, h in image pixels and an angle in radians, canonical (geometry/oriented.py); upright boxes have
    the angle 0. scores: confidence, 0..1. class_ids: the class of each box. probabilities: for each box the probability
    of each of the C `classes`, 0..1; its own class is among them. oriented: the model predicts angles, so a box
    with angle 0 is an oriented box too. features: a vector that describes the look of each box, if the model was asked
    for it (`Options.features`) and has one; else None.
    """

    boxes: Float64[np.ndarray, "N 5"]
    scores: Float64[np.ndarray, "N"]
    class_ids: Int64[np.ndarray, "N"]
    probabilities: Float64[np.ndarray, "N C"]
    classes: tuple[int, ...]
    oriented: bool = False
    features: Float32[np.ndarray, "N D"] | None = None

    @classmethod
    def none(cls, oriented: bool = False) -> "BoxesAnswer":
        """Return an answer without boxes."""
        return cls(np.zeros((0, 5)), np.zeros(0), np.zeros(0, np.int64), np.zeros((0, 0)), (), oriented)

    @classmethod
    def of(
        cls,
        boxes: Float64[np.ndarray, "N 5"],
        scores: Float64[np.ndarray, "N"],
        class_ids: Int64[np.ndarray, "N"],
        oriented: bool = False,
    ) -> "BoxesAnswer":
        """Return boxes with a confidence for one class each; all other probabilities are 0."""
        classes, column = np.unique(class_ids, return_inverse=True)
        probabilities = np.zeros((len(scores), len(classes)))
        probabilities[np.arange(len(scores)), column] = scores
        return cls(boxes, scores, class_ids, probabilities, tuple(classes.tolist()), oriented)

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def nbytes(self) -> int:
        arrays = (self.boxes, self.scores, self.class_ids, self.probabilities, self.features)
        return sum(each.nbytes for each in arrays if each is not None)

    def where(self, chosen: Bool[np.ndarray, "N"] | Int64[np.ndarray, "K"]) -> "BoxesAnswer":
        """Return the chosen boxes, in the order of the indices."""
        return BoxesAnswer(
            self.boxes[chosen],
            self.scores[chosen],
            self.class_ids[chosen],
            self.probabilities[chosen],
            self.classes,
            self.oriented,
            None if self.features is None else self.features[chosen],
        )


def all_boxes(parts: Iterable[BoxesAnswer]) -> BoxesAnswer:
    """Join the boxes of several answers; the probability of a class that an answer lacks is 0.

    The boxes have features if those of all answers have.
    """
    parts = tuple(parts)
    if not parts:
        return BoxesAnswer.none()
    classes = tuple(sorted({class_id for part in parts for class_id in part.classes}))
    column = {class_id: number for number, class_id in enumerate(classes)}
    features = [part.features for part in parts if part.features is not None]
    probabilities = np.zeros((sum(map(len, parts)), len(classes)))
    start = 0
    for part in parts:
        probabilities[start : start + len(part), [column[class_id] for class_id in part.classes]] = part.probabilities
        start += len(part)
    return BoxesAnswer(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.class_ids for part in parts]),
        probabilities,
        classes,
        any(part.oriented for part in parts),
        np.concatenate(features) if len(features) == len(parts) else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class PointsAnswer:
    """N points of an image, in any order.

    points_xy: x, y in image pixels. scores: confidence, 0..1. class_ids: the class of each point. targets: for each
    point the target that should move there, or "" for a new point; each target has at most one point.
    """

    points_xy: Float64[np.ndarray, "N 2"]
    scores: Float64[np.ndarray, "N"]
    class_ids: Int64[np.ndarray, "N"]
    targets: tuple[str, ...]

    @classmethod
    def none(cls) -> "PointsAnswer":
        """Return an answer without points."""
        return cls(np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.int64), ())

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (self.points_xy, self.scores, self.class_ids)) + sum(map(len, self.targets))

    def where(self, chosen: Bool[np.ndarray, "N"] | Int64[np.ndarray, "K"]) -> "PointsAnswer":
        """Return the chosen points, in the order of the indices."""
        indices = np.arange(len(self))[chosen].tolist()
        targets = tuple(self.targets[index] for index in indices)
        return PointsAnswer(self.points_xy[chosen], self.scores[chosen], self.class_ids[chosen], targets)


Answer = MaskAnswer | PartitionAnswer | BoxesAnswer | PointsAnswer

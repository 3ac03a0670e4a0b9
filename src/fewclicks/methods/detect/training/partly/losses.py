"""The loss of images that are labelled in part: L = L_labelled + lambda_d L_noisy (box-active-learning, Eq. 3).

Both terms are means over the cells assigned to labelled and to noisy boxes; lambda_d is the weight of the noisy boxes.
The background that is known belongs to L_labelled. What nobody knows has no loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.geometry import boxes as upright
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.network.box_coding import decode, encode
from fewclicks.methods.detect.inference.network.cells import NOTHING, assign, inside
from fewclicks.methods.detect.inference.network.regions import squares
from fewclicks.methods.detect.training.losses.supervision import Losses, like
from fewclicks.methods.detect.training.losses.terms import box_errors
from fewclicks.methods.detect.training.network.second_stage import (
    IS_OBJECT,
    Regions,
    candidate_regions,
    chosen_regions,
)
from fewclicks.methods.shared.training.focal import focal

NO_CHANNELS = np.zeros(0, np.int64)
AGREEMENT = 0.75  # from this IoU on, a prediction learns no position from a box that is verified but not exact


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """An image in pixels of the input, and what each of the M cells of the input has to predict.

    channels: the class channel of each box. which: for each cell the number of the box, or `NOTHING`. background: where
    there is nothing to predict; all other cells without a box are unknown. unsearched: the channels of classes whose
    objects may be anywhere in the background, except in `certain` cells.
    """

    image: PartlyLabelled
    channels: Int64[np.ndarray, "N"]
    which: Int64[np.ndarray, "M"]
    background: Bool[np.ndarray, "M"]
    certain: Bool[np.ndarray, "M"]
    unsearched: Int64[np.ndarray, "U"]

    @classmethod
    def of(
        cls,
        image: PartlyLabelled,
        channels: Int64[np.ndarray, "N"],
        cells: Float64[np.ndarray, "M 3"],
        unsearched: Int64[np.ndarray, "U"] = NO_CHANNELS,
    ) -> "Targets":
        """Assign the cells of an image."""
        which = assign(image.boxes, cells)
        free = (which == NOTHING) & ~inside(image.ignored, cells).any(0)
        rejected = assign(image.background, cells) != NOTHING
        certain = free & (rejected | _within(image.known, cells))
        return cls(image, channels, which, certain if image.searched == frozenset() else free, certain, unsearched)


@dataclass(frozen=True, slots=True, eq=False)
class PartlyBatch:
    """The targets of a batch of B images with the same M cells."""

    targets: Sequence[Targets]
    cells: Float64[np.ndarray, "M 3"]

    @property
    def which(self) -> Int64[np.ndarray, "B M"]:
        return np.stack([each.which for each in self.targets])

    @property
    def background(self) -> Bool[np.ndarray, "B M"]:
        return np.stack([each.background for each in self.targets])

    def by_channel(self, weights: Float64[np.ndarray, "B M"], channels: int) -> Float64[np.ndarray, "B M _"]:
        """Return the weight of each cell for each channel: 0 where nobody knows whether there is an object.

        A single channel stands for all classes. If all classes were searched, one column stands for all channels.
        """
        if not any(len(each.unsearched) for each in self.targets):
            return weights[..., None]
        found = np.repeat(weights[..., None], channels, axis=2)
        for number, each in enumerate(self.targets):
            unknown = each.unsearched if channels > 1 else np.minimum(each.unsearched[:1], 0)
            found[number][np.ix_(each.background & ~each.certain, unknown)] = 0
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """P predictions of a batch that belong to a box: its channel, place, weight, and whether it is noisy or exact."""

    channel: Int64[np.ndarray, "P"]
    boxes: Float64[np.ndarray, "P 5"]
    weights: Float64[np.ndarray, "P"]
    noisy: Bool[np.ndarray, "P"]
    exact: Bool[np.ndarray, "P"]

    @classmethod
    def of(cls, batch: PartlyBatch, image: Int64[np.ndarray, "P"], which: Int64[np.ndarray, "P"]) -> "Assigned":
        """Look up these boxes of these images."""
        pairs = [(batch.targets[i], k) for i, k in zip(image.tolist(), which.tolist(), strict=True)]
        return cls(
            np.array([of.channels[k] for of, k in pairs], np.int64),
            np.array([of.image.boxes[k] for of, k in pairs], np.float64).reshape(-1, 5),
            np.array([of.image.weights[k] for of, k in pairs], np.float64),
            np.array([of.image.noisy[k] for of, k in pairs], bool),
            np.array([of.image.exact[k] for of, k in pairs], bool),
        )

    def where(self, chosen: Bool[np.ndarray, "P"]) -> "Assigned":
        """Return the chosen predictions."""
        parts = (self.channel, self.boxes, self.weights, self.noisy, self.exact)
        return Assigned(*(part[chosen] for part in parts))

    @property
    def labelled(self) -> int:
        """How many are of labelled boxes."""
        return int((~self.noisy).sum())

    def shares(self, others: int = 0) -> Float64[np.ndarray, "P"]:
        """Return the weight of each divided by the number of labelled or of noisy ones: sums become the means of Eq. 3.

        others: how many more the labelled mean is over.
        """
        counts = np.where(self.noisy, self.noisy.sum(), self.labelled + others)
        return self.weights / np.maximum(counts, 1)


def partly_losses(
    batch: PartlyBatch, logits: Float[Tensor, "B M C"], values: Float[Tensor, "B M V"], oriented_boxes: bool
) -> Losses:
    """Return the losses of the classes (focal) and of the boxes, each with Eq. 3.

    A single channel stands for all classes: the proposals of two stages.
    """
    which = batch.which
    image, cell = np.nonzero(which != NOTHING)
    found = Assigned.of(batch, image, which[image, cell])
    targets = np.zeros(tuple(logits.shape), bool)
    targets[image, cell, found.channel if logits.shape[2] > 1 else 0] = True
    weights = batch.background / max(1, found.labelled)
    weights[image, cell] = found.shares()
    classes = focal(logits, like(targets, logits)) * like(batch.by_channel(weights, logits.shape[2]), logits)
    at = values[torch.from_numpy(image), torch.from_numpy(cell)]
    return {"class": classes.sum(), "box": _box_loss(found, at, batch.cells[cell], oriented_boxes)}


def region_losses(
    batch: PartlyBatch,
    regions: Regions,
    logits: Float[Tensor, "R L"],
    values: Float[Tensor, "R V"],
    oriented_boxes: bool,
) -> Losses:
    """Return the losses of the second of two stages: cross-entropy with background as channel 0, and boxes (Eq. 3)."""
    own = np.flatnonzero(regions.which != NOTHING)
    found = Assigned.of(batch, regions.image[own], regions.which[own])
    others = len(regions.which) - len(own)
    channel = np.zeros(len(regions.which), np.int64)
    channel[own] = found.channel + 1
    weights = np.full(len(channel), 1 / max(1, found.labelled + others))
    weights[own] = found.shares(others)
    entropy = cross_entropy(logits, torch.from_numpy(channel).to(logits.device), reduction="none")
    boxes = _box_loss(found, values[torch.from_numpy(own)], regions.squares[own], oriented_boxes)
    return {"class": (entropy * like(weights, entropy)).sum(), "box": boxes}


def known_regions(
    batch: PartlyBatch, logits: Float[Tensor, "B M 1"], values: Float[Tensor, "B M 4"], rng: np.random.Generator
) -> Regions:
    """Draw regions of which it is known what they are: of a box, or background."""
    image, drawn, which = [], [], []
    for number, targets in enumerate(batch.targets):
        boxes, found = candidate_regions(targets.image.boxes, logits[number, :, 0], values[number], batch.cells)
        known = np.flatnonzero((found != NOTHING) | _is_background(boxes, targets))
        chosen = known[chosen_regions(found[known], rng)]
        image.append(np.full(len(chosen), number))
        drawn.append(squares(boxes[chosen]))
        which.append(found[chosen])
    return Regions(np.concatenate(image), np.concatenate(drawn), np.concatenate(which))


def _box_loss(
    found: Assigned, values: Float[Tensor, "P V"], references: Float64[np.ndarray, "P 3"], oriented_boxes: bool
) -> Float[Tensor, ""]:
    """Return the loss of the exact boxes and of the verified ones that the prediction contradicts.

    Both means of Eq. 3 are over these boxes.
    """
    boxes = found.boxes if oriented_boxes else oriented.from_upright(oriented.enclosing(found.boxes))
    teaches, verified = found.exact.copy(), np.flatnonzero(~found.exact)
    of_verified = values[torch.from_numpy(verified)]
    teaches[verified] = _contradicted(boxes[verified], of_verified, references[verified], oriented_boxes)
    teachers, values, references = found.where(teaches), values[torch.from_numpy(teaches)], references[teaches]
    errors = box_errors(values, like(encode(boxes[teaches], references, oriented_boxes), values))
    return (errors * like(teachers.shares(), values)).sum()


def _contradicted(
    boxes: Float64[np.ndarray, "P 5"],
    values: Float[Tensor, "P V"],
    references: Float64[np.ndarray, "P 3"],
    oriented_boxes: bool,
) -> Bool[np.ndarray, "P"]:
    """Return which boxes have an IoU below AGREEMENT with their prediction."""
    predicted = decode(values.detach().float().cpu().numpy(), references, oriented_boxes)
    return np.asarray(oriented.iou_of_pairs(predicted, boxes) < AGREEMENT)


def _is_background(boxes: Float64[np.ndarray, "K 5"], targets: Targets) -> Bool[np.ndarray, "K"]:
    """Return which boxes without an object are known to be background.

    They overlap a rejected box, or lie where all classes are known.
    """
    image, around = targets.image, oriented.enclosing(boxes)
    all_known = image.searched != frozenset() and not len(targets.unsearched)
    rejected, ignored = (
        upright.pairwise_iou(around, oriented.enclosing(each)).max(1, initial=0.0) >= IS_OBJECT
        for each in (image.background, image.ignored)
    )
    places = np.concatenate([boxes[:, :2], np.zeros((len(boxes), 1))], axis=1)
    return np.asarray((rejected | _within(image.known, places) | all_known) & ~ignored)


def _within(areas: Float64[np.ndarray, "A 4"], cells: Float64[np.ndarray, "M 3"]) -> Bool[np.ndarray, "M"]:
    low, high = areas[:, None, :2], areas[:, None, 2:]
    within = (cells[None, :, :2] >= low) & (cells[None, :, :2] < high)
    return np.asarray(within.all(2).any(0))

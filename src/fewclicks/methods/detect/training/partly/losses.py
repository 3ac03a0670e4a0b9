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

from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.methods.detect.inference.network.box_coding import encode
from fewclicks.methods.detect.inference.network.cells import NOTHING, assign, inside
from fewclicks.methods.detect.training.losses.supervision import Losses, like
from fewclicks.methods.detect.training.losses.terms import box_errors
from fewclicks.methods.shared.training.focal import focal


@dataclass(frozen=True, slots=True, eq=False)
class PartlyBatch:
    """The images of a batch, in pixels of the input, and what each of the M cells of an input has to predict.

    which: for each image and cell the number of the box in its image, or `NOTHING`. background: where there is nothing
    to predict; all other cells without a box are unknown.
    """

    images: Sequence[PartlyLabelled]
    channels: Sequence[Int64[np.ndarray, "_"]]
    cells: Float64[np.ndarray, "M 3"]
    which: Int64[np.ndarray, "B M"]
    background: Bool[np.ndarray, "B M"]

    @classmethod
    def of(
        cls,
        images: Sequence[PartlyLabelled],
        channels: Sequence[Int64[np.ndarray, "_"]],
        cells: Float64[np.ndarray, "M 3"],
    ) -> "PartlyBatch":
        """Assign the cells of each image. channels: the class channel of each box of each image."""
        which = np.stack([assign(image.boxes, cells) for image in images])
        free = np.stack([_free(image, cells) for image in images])
        return cls(images, channels, cells, which, free & (which == NOTHING))


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """The P cells of a batch that have a box: where, which channel, which box, its weight, and whether it is noisy."""

    image: Int64[np.ndarray, "P"]
    cell: Int64[np.ndarray, "P"]
    channel: Int64[np.ndarray, "P"]
    boxes: Float64[np.ndarray, "P 5"]
    weights: Float64[np.ndarray, "P"]
    noisy: Bool[np.ndarray, "P"]

    @classmethod
    def of(cls, batch: PartlyBatch) -> "Assigned":
        image, cell = np.nonzero(batch.which != NOTHING)
        pairs = list(zip(image.tolist(), batch.which[image, cell].tolist(), strict=True))
        return cls(
            image,
            cell,
            np.array([batch.channels[i][k] for i, k in pairs], np.int64),
            np.array([batch.images[i].boxes[k] for i, k in pairs], np.float64).reshape(-1, 5),
            np.array([batch.images[i].weights[k] for i, k in pairs], np.float64),
            np.array([batch.images[i].noisy[k] for i, k in pairs], bool),
        )

    def shares(self) -> Float64[np.ndarray, "P"]:
        """Return the weight of each cell divided by the number of labelled or of noisy cells: sums become means."""
        counts = np.where(self.noisy, self.noisy.sum(), (~self.noisy).sum())
        return self.weights / np.maximum(counts, 1)


def partly_losses(
    batch: PartlyBatch, logits: Float[Tensor, "B M C"], values: Float[Tensor, "B M V"], oriented: bool
) -> Losses:
    """Return the losses of the classes (focal) and of the boxes, each with Eq. 3."""
    found = Assigned.of(batch)
    targets = np.zeros(tuple(logits.shape), bool)
    targets[found.image, found.cell, found.channel] = True
    weights = batch.background / max(1, int((~found.noisy).sum()))
    weights[found.image, found.cell] = found.shares()
    classes = focal(logits, like(targets, logits)) * like(weights[..., None], logits)
    wanted = encode(found.boxes, batch.cells[found.cell], oriented)
    at = values[torch.from_numpy(found.image), torch.from_numpy(found.cell)]
    boxes = box_errors(at, like(wanted, values)) * like(found.shares(), values)
    return {"class": classes.sum(), "box": boxes.sum()}


def _free(image: PartlyLabelled, cells: Float64[np.ndarray, "M 3"]) -> Bool[np.ndarray, "M"]:
    """Return which cells are known to be background unless they have a box."""
    rejected = assign(image.background, cells) != NOTHING
    return (rejected | _within(image.known, cells)) & ~inside(image.ignored, cells).any(0)


def _within(areas: Float64[np.ndarray, "A 4"], cells: Float64[np.ndarray, "M 3"]) -> Bool[np.ndarray, "M"]:
    low, high = areas[:, None, :2], areas[:, None, 2:]
    within = (cells[None, :, :2] >= low) & (cells[None, :, :2] < high)
    return np.asarray(within.all(2).any(0))

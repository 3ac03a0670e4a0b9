"""What a batch teaches: which cell or region is to say what, and how far a network's answers are from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.network.box_coding import encode
from fewclicks.methods.detect.inference.network.cells import NOTHING, assign, inside, references
from fewclicks.methods.detect.inference.network.design import Design
from fewclicks.methods.detect.training.data.augment import Canvas
from fewclicks.methods.detect.training.data.synthesis import Questions
from fewclicks.methods.detect.training.losses.terms import box_loss
from fewclicks.methods.shared.training.focal import focal

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """Canvases, what they are asked, and for every cell the object that it is to predict (cells.py)."""

    design: Design
    canvases: Sequence[Canvas]
    questions: Questions
    cells: Float64[np.ndarray, "M 3"] = field(init=False)
    assigned: Int64[np.ndarray, "B M"] = field(init=False)

    def __post_init__(self) -> None:
        height, width = self.canvases[0].rgb.shape[:2]
        object.__setattr__(self, "cells", references((height, width)))
        object.__setattr__(self, "assigned", np.stack([assign(each.boxes, self.cells) for each in self.canvases]))

    def counts(self) -> Bool[np.ndarray, "B M"]:
        """Which cells are told whether there is an object: not those of objects that are mostly cut off."""
        cut = np.stack([inside(canvas.cut, self.cells).any(0) for canvas in self.canvases])
        return (self.assigned != NOTHING) | ~cut

    def class_targets(self) -> Bool[np.ndarray, "B M C"]:
        """Where an object of each class is to be predicted."""
        image, cell = np.nonzero(self.assigned != NOTHING)
        channel = self.channel_of(image, self.assigned[image, cell])
        targets = np.zeros((*self.assigned.shape, self.questions.asked.shape[1]), bool)
        targets[image[channel >= 0], cell[channel >= 0], channel[channel >= 0]] = True
        return targets

    def channel_of(self, image: Int64[np.ndarray, "N"], which: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "N"]:
        """The class channel of these objects of these images, -1 where there is none."""
        return np.array(
            [self.questions.channels[i][k] for i, k in zip(image.tolist(), which.tolist(), strict=True)], np.int64
        )

    def boxes_of(self, image: Int64[np.ndarray, "N"], which: Int64[np.ndarray, "N"]) -> Float64[np.ndarray, "N 5"]:
        """The boxes of these objects of these images."""
        boxes = [self.canvases[i].boxes[k] for i, k in zip(image.tolist(), which.tolist(), strict=True)]
        return np.array(boxes, float).reshape(-1, 5)


def dense_losses(batch: Batch, logits: Float[Tensor, "B M C"], values: Float[Tensor, "B M V"]) -> Losses:
    """A one-stage detector: the focal loss of all cells for all classes that an image is asked about, and boxes."""
    targets = batch.class_targets()
    weights = batch.questions.asked[:, None, :] & batch.counts()[..., None]
    found = int((targets & weights).sum())
    classes = (focal(logits, like(targets, logits)) * like(weights, logits)).sum() / max(1, found)
    return {"class": classes, "box": _cell_boxes(batch, values, batch.design.oriented)}


def proposal_losses(batch: Batch, logits: Float[Tensor, "B M 1"], values: Float[Tensor, "B M 4"]) -> Losses:
    """A region proposal network: object or not, and upright boxes."""
    objects = (batch.assigned != NOTHING)[..., None]
    weighed = focal(logits, like(objects, logits)) * like(batch.counts()[..., None], logits)
    classes = weighed.sum() / max(1, int(objects.sum()))
    return {"proposal": classes, "proposal box": _cell_boxes(batch, values, turned=False)}


def _cell_boxes(batch: Batch, values: Float[Tensor, "B M V"], turned: bool) -> Float[Tensor, ""]:
    image, cell = np.nonzero(batch.assigned != NOTHING)
    wanted = batch.boxes_of(image, batch.assigned[image, cell])
    if not turned:
        wanted = oriented.from_upright(oriented.enclosing(wanted))
    return box_loss(values[image, cell], like(encode(wanted, batch.cells[cell], turned), values))


def like(array: np.ndarray, tensor: Tensor) -> Tensor:
    """An array as a tensor of that device and type."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(tensor.device, tensor.dtype)

"""The user-input enforcing loss of a batch (c3det, Sec. 4.1.4): which predictions it is about, for every detector."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from fewclicks.geometry import boxes as upright
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.network.box_coding import decode
from fewclicks.methods.detect.inference.network.cells import NOTHING
from fewclicks.methods.detect.inference.network.design import Uel
from fewclicks.methods.detect.training.losses.supervision import Batch
from fewclicks.methods.detect.training.losses.terms import masked, uel_binary, uel_cross_entropy

PREDICTED = 1000  # best cells of an image that are its predictions: what RetinaNet keeps before suppression
TOUCHING = 1.0  # pixels from a click that a box has to touch, in the published code's version


def enforced(
    batch: Batch, uel: Uel, image: int, predicted: Float64[np.ndarray, "J 5"], own: Int64[np.ndarray, "J"]
) -> tuple[Int64[np.ndarray, "P"], Int64[np.ndarray, "P"]]:
    """The pairs of Eq. 4: a prediction, and the channel of the clicked object whose true box it overlaps.

    The published code instead takes predictions that are to be an object (`own` is its channel, `NOTHING` for others)
    and touch the 2-pixel square around a click, and pushes them to their own class.
    """
    clicked, at = batch.questions.clicked[image], batch.questions.points[image]
    if uel == "code":
        around = oriented.from_upright(np.concatenate([at - TOUCHING, at + TOUCHING], axis=1))
        touching = np.flatnonzero(overlap(predicted, around, batch.design.oriented).any(1) & (own != NOTHING))
        return touching, own[touching]
    j, k = np.nonzero(overlap(predicted, batch.canvases[image].boxes[clicked], batch.design.oriented))
    return j, batch.questions.channels[image][clicked[k]]


def overlap(a: Float64[np.ndarray, "J 5"], b: Float64[np.ndarray, "K 5"], turned: bool) -> Bool[np.ndarray, "J K"]:
    """Whether the intersection over union is above 0."""
    if turned:
        return oriented.pairwise_iou(a, b) > 0
    return upright.pairwise_iou(oriented.enclosing(a), oriented.enclosing(b)) > 0


def dense_uel(
    batch: Batch, uel: Uel, logits: Float[Tensor, "B M C"], values: Float[Tensor, "B M V"]
) -> Float[Tensor, ""]:
    """Eq. 4 for a one-stage detector. With `classes` its loss is about which class, not about whether it is any."""
    chosen, channels, asked = [], [], []
    for image, mask in enumerate(batch.questions.asked):
        scores = logits[image].detach().float().cpu().numpy()[:, mask].max(1, initial=-np.inf)
        cells = np.argsort(-scores, kind="stable")[:PREDICTED]
        shown = values[image, torch.from_numpy(cells)].detach().float().cpu().numpy()
        boxes = decode(shown, batch.cells[cells], batch.design.oriented)
        which = batch.assigned[image, cells]
        own = np.where(which == NOTHING, NOTHING, np.append(batch.questions.channels[image], NOTHING)[which])
        j, channel = enforced(batch, uel, image, boxes, own)
        chosen.append(logits[image, torch.from_numpy(cells[j])])
        channels.append(channel)
        asked.append(np.broadcast_to(mask, (len(j), len(mask))))
    flat, counts = torch.cat(chosen), torch.from_numpy(np.concatenate(asked)).to(logits.device)
    classes = torch.from_numpy(np.concatenate(channels)).to(logits.device)
    if uel == "classes":
        return uel_cross_entropy(masked(flat, counts), classes)
    return uel_binary(flat, classes, counts)

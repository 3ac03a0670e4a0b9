"""The second stage of a Faster R-CNN-like detector in training: its regions, what they are to say, its losses."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewclicks.geometry import boxes as upright
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.network.box_coding import decode, encode
from fewclicks.methods.detect.inference.network.cells import NOTHING
from fewclicks.methods.detect.inference.network.design import Uel
from fewclicks.methods.detect.inference.network.regions import on_level, rows, squares
from fewclicks.methods.detect.training.losses.enforcing import enforced
from fewclicks.methods.detect.training.losses.supervision import Batch, Losses, like
from fewclicks.methods.detect.training.losses.terms import box_loss, masked, uel_cross_entropy

PROPOSALS = 500  # best cells of an image that regions are drawn from
REGIONS, OF_OBJECTS = 96, 0.5  # regions of an image in training, and how many of them are of objects at most
IS_OBJECT = 0.5  # intersection over union with an object from which on a region is of it


@dataclass(frozen=True)
class Regions:
    """Regions of a batch: the image of each, its square, and the object in it or `NOTHING`."""

    image: Int64[np.ndarray, "R"]
    squares: Float64[np.ndarray, "R 3"]
    which: Int64[np.ndarray, "R"]

    def inputs(self, tensor: Tensor) -> tuple[Tensor, Tensor]:
        """Regions and levels as the network takes them."""
        corners = rows(self.squares, 0)
        corners[:, 0] = self.image
        return like(corners, tensor).float(), like(on_level(self.squares), tensor).float()


def draw_regions(
    batch: Batch, logits: Float[Tensor, "B M 1"], values: Float[Tensor, "B M 4"], rng: np.random.Generator
) -> Regions:
    """From the best proposals and the true boxes of every image, some that are objects and some that are not."""
    image, regions, which = [], [], []
    for number, canvas in enumerate(batch.canvases):
        boxes, found = candidate_regions(canvas.boxes, logits[number, :, 0], values[number], batch.cells)
        chosen = chosen_regions(found, rng)
        image.append(np.full(len(chosen), number))
        regions.append(squares(boxes[chosen]))
        which.append(found[chosen])
    return Regions(np.concatenate(image), np.concatenate(regions), np.concatenate(which))


def candidate_regions(
    objects: Float64[np.ndarray, "N 5"],
    logits: Float[Tensor, "M"],
    values: Float[Tensor, "M 4"],
    cells: Float64[np.ndarray, "M 3"],
) -> tuple[Float64[np.ndarray, "K 5"], Int64[np.ndarray, "K"]]:
    """The boxes of an image and its best proposals, upright, and the object that each is of, or `NOTHING`."""
    best = np.argsort(-logits.detach().float().cpu().numpy(), kind="stable")[:PROPOSALS]
    proposed = decode(values.detach().float().cpu().numpy()[best], cells[best], oriented=False)
    around = oriented.from_upright(oriented.enclosing(objects))
    boxes = np.concatenate([around, proposed])
    found = np.full(len(boxes), NOTHING)
    if len(around):
        iou = upright.pairwise_iou(oriented.enclosing(boxes), oriented.enclosing(around))
        found = np.where(iou.max(1) >= IS_OBJECT, iou.argmax(1), NOTHING)
    return boxes, found


def chosen_regions(found: Int64[np.ndarray, "K"], rng: np.random.Generator) -> Int64[np.ndarray, "R"]:
    """The indices of at most REGIONS random candidates, at most OF_OBJECTS of them of objects."""
    objects = rng.permutation(np.flatnonzero(found != NOTHING))[: int(REGIONS * OF_OBJECTS)]
    others = rng.permutation(np.flatnonzero(found == NOTHING))[: REGIONS - len(objects)]
    return np.concatenate([objects, others])


def region_losses(
    batch: Batch, uel: Uel, regions: Regions, logits: Float[Tensor, "R L"], values: Float[Tensor, "R V"]
) -> Losses:
    """Cross-entropy over no object and the classes that the image is asked about, boxes, and Eq. 4."""
    asked = np.insert(batch.questions.asked[regions.image], 0, True, axis=1)
    scores = masked(logits, torch.from_numpy(asked).to(logits.device))
    channel = np.full(len(regions.which), NOTHING)
    objects = regions.which != NOTHING
    channel[objects] = batch.channel_of(regions.image[objects], regions.which[objects])
    channel[~asked[np.arange(len(channel)), channel + 1]] = NOTHING
    wanted = encode(
        batch.boxes_of(regions.image[objects], regions.which[objects]), regions.squares[objects], batch.design.oriented
    )
    losses = {
        "class": cross_entropy(scores, torch.from_numpy(channel + 1).to(logits.device)),
        "box": box_loss(values[torch.from_numpy(objects).to(values.device)], like(wanted, values)),
    }
    if uel != "off":
        losses["uel"] = _region_uel(batch, uel, regions, scores, values, channel)
    return losses


def _region_uel(
    batch: Batch, uel: Uel, regions: Regions, scores: Tensor, values: Tensor, channel: Int64[np.ndarray, "R"]
) -> Float[Tensor, ""]:
    boxes = decode(values.detach().float().cpu().numpy(), regions.squares, batch.design.oriented)
    chosen, classes = [], []
    for image in range(len(batch.canvases)):
        own = np.flatnonzero(regions.image == image)
        j, channels = enforced(batch, uel, image, boxes[own], channel[own])
        chosen.append(own[j])
        classes.append(channels + 1)
    flat = scores[torch.from_numpy(np.concatenate(chosen)).to(scores.device)]
    if uel == "classes":
        flat = torch.cat([torch.full_like(flat[:, :1], torch.finfo(flat.dtype).min / 2), flat[:, 1:]], 1)
    return uel_cross_entropy(flat, torch.from_numpy(np.concatenate(classes)).to(scores.device))

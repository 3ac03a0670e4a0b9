"""The CPR loss (Eq. 3-10): bags by multiple instance learning, annotated points, and negative cells."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import logsigmoid, one_hot, softplus

from fewclicks.methods.locate.training.choices import LossTerms
from fewclicks.methods.locate.training.losses.bags import cell_centres, far_cells, is_within, sampled

GAMMA = 2  # of the focal loss, Eq. 4
WEIGHTS = {"mil": 1.0, "pos": 1.0, "ann": 0.5, "neg": 3.0}  # Eq. 3


@dataclass(frozen=True)
class PointBatch:
    """The points of B images on maps of h x w cells.

    points: x, y in cells of all points, also of those outside the maps, whose surroundings are no negatives.
    image: their image, ascending; channels: their class, 0..K-1. areas: the part x0, y0, x1, y1 of each map that shows
    its image, in cells.
    """

    points: Float[Tensor, "N 2"]
    image: Int[Tensor, "N"]
    channels: Int[Tensor, "N"]
    areas: Float[Tensor, "B 4"]

    @property
    def shown(self) -> Bool[Tensor, "N"]:
        """Whether a point is in its map: only such points have bags."""
        return is_within(self.points[:, None], self.areas[self.image])[:, 0]


def cpr_losses(
    terms: LossTerms,
    logits: Float[Tensor, "B K h w"],
    selection: Float[Tensor, "B K h w"],
    batch: PointBatch,
    offsets: Float[Tensor, "U 2"],
    radius: float,
) -> dict[str, Float[Tensor, ""]]:
    """Return the chosen terms of Eq. 3, unweighted, each divided by M, the number of points in the maps.

    offsets: those of a bag's points around its annotated point, in cells; radius: R of the negatives.
    """
    chosen = terms.split("+")
    shown = batch.shown
    points, image = batch.points[shown], batch.image[shown]
    labels = one_hot(batch.channels[shown], logits.shape[1]).to(logits.dtype)
    count = max(len(points), 1)
    losses = {}
    if "mil" in chosen or "pos" in chosen:
        places = points[:, None] + offsets
        valid = is_within(places, batch.areas[image])
        scores = sampled(logits, image, places)
        if "mil" in chosen:
            bags = bag_scores(scores, sampled(selection, image, places), valid)
            losses["mil"] = focal_of_scores(bags, labels).sum() / count
        else:
            losses["pos"] = positive_loss(scores, labels, valid).sum() / count
    if "ann" in chosen:
        annotated = sampled(logits, image, points[:, None])[:, 0]
        losses["ann"] = focal_of_logits(annotated, labels).sum() / count
    if "neg" in chosen:
        losses["neg"] = negative_loss(logits, batch, radius) / count
    return losses


def bag_scores(
    logits: Float[Tensor, "M U K"], selection: Float[Tensor, "M U K"], valid: Bool[Tensor, "M U"]
) -> Float[Tensor, "M K"]:
    """Return S_B of Eq. 5 and 6: scores of a bag's valid points, weighted by a softmax over these points."""
    weights = selection.masked_fill(~valid[..., None], -torch.inf).softmax(1)
    return (weights * logits.sigmoid()).sum(1)


def focal_of_scores(scores: Float[Tensor, "M K"], labels: Float[Tensor, "M K"]) -> Float[Tensor, "M K"]:
    """Return -FL of Eq. 4 for every score; labels are 0 or 1."""
    scores = scores.clamp(1e-6, 1 - 1e-6)
    return -(labels * (1 - scores) ** GAMMA * scores.log() + (1 - labels) * scores**GAMMA * (1 - scores).log())


def focal_of_logits(logits: Float[Tensor, "*N"], labels: Float[Tensor, "*N"]) -> Float[Tensor, "*N"]:
    """Return the same for logits, without a loss of precision at their ends."""
    scores = logits.sigmoid()
    hits, misses = labels * (1 - scores) ** GAMMA * logsigmoid(logits), (1 - labels) * scores**GAMMA * softplus(logits)
    return misses - hits


def positive_loss(
    logits: Float[Tensor, "M U K"], labels: Float[Tensor, "M K"], valid: Bool[Tensor, "M U"]
) -> Float[Tensor, "M"]:
    """Return the loss `pos` of table 2: every point of a bag is positive, the mean over the bag."""
    each = focal_of_logits(logits, labels[:, None].expand_as(logits)).sum(2)
    return (each * valid).sum(1) / valid.sum(1).clamp(min=1)


def negative_loss(logits: Float[Tensor, "B K h w"], batch: PointBatch, radius: float) -> Float[Tensor, ""]:
    """Return M times L_neg of Eq. 10: the negative part of the focal loss over Neg_k of every class k.

    Eq. 10 has a factor c_jk, whose j is not bound; Algorithm 1 samples negatives of every class, so all classes count.
    """
    centres = cell_centres(logits)
    total = logits.new_zeros(())
    for number, maps in enumerate(logits):
        own = batch.image == number
        far = far_cells(centres, batch.points[own], batch.channels[own], logits.shape[1], radius)
        far &= is_within(centres[None], batch.areas[number : number + 1])[0, :, None]
        of_cells = maps.flatten(1).T
        total = total + (of_cells.sigmoid() ** GAMMA * softplus(of_cells))[far].sum()
    return total

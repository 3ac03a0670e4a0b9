"""The losses of multi-class P2PNet (Sec. 4.2): focal loss of all proposals, smooth L1 of the assigned ones."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from fewclicks.methods.locate.training.losses.bags import cell_centres, is_within
from fewclicks.methods.locate.training.losses.cpr import PointBatch
from fewclicks.methods.locate.training.losses.matching import assigned
from fewclicks.methods.shared.training.focal import focal


def p2p_losses(maps: Float[Tensor, "B D h w"], batch: PointBatch, stride: int, passes: int) -> dict[str, Tensor]:
    """Return the losses `class`, the sum over the proposals, and `point`, the sum over the assigned ones.

    Both are divided by the number of assigned proposals. Proposals of cells outside their image have no loss.
    passes: k, the number of proposals of each point.
    """
    centres = cell_centres(maps)
    classes, points, positives = maps.new_zeros(()), maps.new_zeros(()), 0
    shown = batch.shown
    for number, of_image in enumerate(maps):
        inside = is_within(centres[None], batch.areas[number : number + 1])[0]
        values = of_image.flatten(1).T[inside]
        logits, proposals = values[:, :-2], centres[inside] + values[:, -2:]
        own = shown & (batch.image == number)
        targets, channels = batch.points[own], batch.channels[own]
        which, proposal = _assigned(targets, channels, proposals, logits, stride, passes)
        labels = torch.zeros_like(logits)
        labels[proposal, channels[which]] = 1
        classes = classes + focal(logits, labels).sum()
        points = points + smooth_l1_loss(proposals[proposal], targets[which], reduction="sum")
        positives += len(which)
    return {"class": classes / max(positives, 1), "point": points / max(positives, 1)}


def _assigned(
    targets: Tensor, channels: Tensor, proposals: Tensor, logits: Tensor, stride: int, passes: int
) -> tuple[Tensor, Tensor]:
    arrays = [each.detach().cpu().numpy() for each in (targets, channels, proposals, logits)]
    at, of, proposed, scored = arrays
    pairs = assigned(
        at.astype(np.float64) * stride, of, proposed.astype(np.float64) * stride, scored.astype(np.float64), passes
    )
    which, proposal = (torch.from_numpy(index).to(targets.device) for index in pairs)
    return which, proposal

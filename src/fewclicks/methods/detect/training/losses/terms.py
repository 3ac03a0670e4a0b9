"""The losses of c3det: those of its detectors, and the user-input enforcing loss (Sec. 4.1.4, Eq. 4)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot, smooth_l1_loss

from fewclicks.methods.detect.inference.network.box_coding import LARGEST_LOG

BEND = 0.1  # where the box loss turns from a square to a line


def box_loss(values: Float[Tensor, "N V"], targets: Float[Tensor, "N V"]) -> Float[Tensor, ""]:
    """Smooth L1 and 1 - GIoU of boxes as box_coding.py has them, the mean over the boxes; 0 for none.

    Smooth L1 alone takes three pixels for the same in a box of ten and in one of forty.
    """
    return box_errors(values, targets).sum() / max(len(values), 1)


def box_errors(values: Float[Tensor, "N V"], targets: Float[Tensor, "N V"]) -> Float[Tensor, "N"]:
    """Smooth L1 and 1 - GIoU of each box, see `box_loss`."""
    apart = smooth_l1_loss(values, targets, beta=BEND, reduction="none").sum(1)
    return apart + 1 - generalized_iou(values, targets)


def generalized_iou(values: Float[Tensor, "N V"], targets: Float[Tensor, "N V"]) -> Float[Tensor, "N"]:
    """GIoU (Rezatofighi et al. 2019) of boxes relative to one place; angles of oriented ones are taken as right."""
    offset, (size, wanted) = values[:, :2] - targets[:, :2], map(_sides, (values, targets))
    if values.shape[1] > 4:
        angle = torch.atan2(targets[:, 4], targets[:, 3]) / 2
        along = offset[:, 0] * angle.cos() + offset[:, 1] * angle.sin()
        offset = torch.stack([along, offset[:, 1] * angle.cos() - offset[:, 0] * angle.sin()], 1)
    low, high = offset - size / 2, offset + size / 2
    shared = (torch.minimum(high, wanted / 2) - torch.maximum(low, -wanted / 2)).clamp(min=0).prod(1)
    hull = (torch.maximum(high, wanted / 2) - torch.minimum(low, -wanted / 2)).prod(1)
    union = size.prod(1) + wanted.prod(1) - shared
    return shared / union - (hull - union) / hull


def _sides(values: Float[Tensor, "N V"]) -> Float[Tensor, "N 2"]:
    """Width and height, of oriented boxes the longer and the shorter side."""
    logs = values[:, 2:4]
    if values.shape[1] > 4:
        half = (values[:, 3:5].square().sum(1) + 1e-9).sqrt() / 2  # the root of 0 has no slope
        logs = torch.stack([values[:, 2] + half, values[:, 2] - half], 1)
    return logs.clamp(-LARGEST_LOG, LARGEST_LOG).exp()


def uel_binary(
    logits: Float[Tensor, "P C"], classes: Int[Tensor, "P"], asked: Bool[Tensor, "P C"]
) -> Float[Tensor, ""]:
    """Eq. 4 with the cross-entropy of each score of a one-stage detector, the mean over the pairs; 0 for none.

    Not the focal loss: it fades while a score is still at 0.7, and what a person clicked is certain.
    `asked` tells which logits of a pair count: those of classes that the image was asked about.
    """
    targets = one_hot(classes, logits.shape[1]).to(logits.dtype)
    entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (entropy * asked).sum() / max(len(logits), 1)


def uel_cross_entropy(logits: Float[Tensor, "P C"], classes: Int[Tensor, "P"]) -> Float[Tensor, ""]:
    """Eq. 4 with the cross-entropy of a two-stage detector, the mean over the pairs; 0 for none."""
    if len(logits) == 0:
        return logits.sum() * 0
    return cross_entropy(logits, classes)


def masked(logits: Float[Tensor, "P C"], asked: Bool[Tensor, "P C"]) -> Float[Tensor, "P C"]:
    """Logits of classes that were not asked about take no part in a softmax."""
    return logits.masked_fill(~asked, torch.finfo(logits.dtype).min / 2)

"""The losses of c3det: those of its detectors, and the user-input enforcing loss (Sec. 4.1.4, Eq. 4)."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot, smooth_l1_loss

Uel = Literal["paper", "classes", "code", "off"]
ALPHA, GAMMA = 0.25, 2.0
BEND = 0.1  # where the box loss turns from a square to a line


def focal(logits: Float[Tensor, "..."], targets: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The focal loss of every logit (Lin et al. 2017, Eq. 5); targets are 0 or 1."""
    entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    scores = logits.sigmoid()
    missed = scores + targets - 2 * scores * targets
    return (ALPHA * targets + (1 - ALPHA) * (1 - targets)) * missed**GAMMA * entropy


def box_loss(values: Float[Tensor, "N V"], targets: Float[Tensor, "N V"]) -> Float[Tensor, ""]:
    """Smooth L1, its mean over the boxes; 0 for none."""
    return smooth_l1_loss(values, targets, beta=BEND, reduction="sum") / max(len(values), 1)


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

"""Losses on mask logits; each returns one number per sample, to be averaged by the caller."""

from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from fewclicks.methods.segment.training.settings import LossName

LOSSES: tuple[LossName, ...] = get_args(LossName)


def bce(logits: Float[Tensor, "B 1 H W"], truth: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B"]:
    """Binary cross-entropy, mean over pixels."""
    return binary_cross_entropy_with_logits(logits, truth, reduction="none").mean((1, 2, 3))


def normalised_focal(
    logits: Float[Tensor, "B 1 H W"], truth: Float[Tensor, "B 1 H W"], alpha: float = 0.5, gamma: float = 2.0
) -> Float[Tensor, "B"]:
    """Normalised focal loss (RITM, Sec. 3): focal weights divided by their mean, so gradients never fade."""
    probability = torch.sigmoid(logits)
    right = torch.where(truth > 0.5, probability, 1 - probability)
    weight = (1 - right) ** gamma
    scale = (weight.numel() / len(weight) / (weight.sum((1, 2, 3)) + 1e-6)).detach()
    side = torch.where(truth > 0.5, alpha, 1 - alpha)
    cross_entropy = binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return scale * (side * weight * cross_entropy).mean((1, 2, 3)) * 2


def dice(logits: Float[Tensor, "B 1 H W"], truth: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B"]:
    """1 - soft Dice overlap; empty truth and empty answer cost nothing."""
    probability = torch.sigmoid(logits)
    overlap = (probability * truth).sum((1, 2, 3))
    return 1 - (2 * overlap + 1) / (probability.sum((1, 2, 3)) + truth.sum((1, 2, 3)) + 1)


def mask_loss(name: LossName, logits: Float[Tensor, "B 1 H W"], truth: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B"]:
    """The pixel loss by name plus Dice, which keeps answers to a bare box confident."""
    pixel = bce if name == "bce" else normalised_focal
    return pixel(logits, truth) + dice(logits, truth)

"""The focal loss of RetinaNet (Lin et al. 2017, Eq. 5)."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

ALPHA, GAMMA = 0.25, 2.0


def focal(logits: Float[Tensor, "..."], targets: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return the focal loss of every logit; targets are 0 or 1."""
    entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    scores = logits.sigmoid()
    missed = scores + targets - 2 * scores * targets
    return (ALPHA * targets + (1 - ALPHA) * (1 - targets)) * missed**GAMMA * entropy

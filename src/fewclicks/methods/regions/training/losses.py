"""The two losses of full-image-scribbles (Sec. 3.3, Table 2): on the common canvas, and per mask."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def pixel_wise(
    canvas: Float[Tensor, "N H W"], truth: Int[Tensor, "H W"], weights: Float[Tensor, "H W"]
) -> Float[Tensor, ""]:
    """Return the weighted cross-entropy of the softmax over regions at every pixel (Eq. 3), over the number of regions.

    `truth` numbers regions from 0; pixels of weight 0 (void, or outside the box of their region) are ignored.
    """
    losses = cross_entropy(canvas[None], truth[None], reduction="none")[0]
    return (losses * weights).sum() / len(canvas)


def smallest_box_weights(inside: Tensor, boxes: Float[Tensor, "N 4"]) -> Float[Tensor, "H W"]:
    """Return for each pixel 1 / area of the smallest box that contains it, 0 outside all boxes (Sec. 3.3).

    `inside`: bool [N, H, W].
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    smallest = torch.where(inside, areas[:, None, None], torch.inf).amin(0)
    return torch.where(smallest.isinf(), 0.0, 1 / smallest)


def mask_wise(logits: Float[Tensor, "N 1 G G"], truth: Float[Tensor, "N 1 G G"]) -> Float[Tensor, ""]:
    """Return the binary cross-entropy of each region's mask on its own, as in Mask R-CNN; `truth` is NaN where void."""
    known = ~truth.isnan()
    losses = binary_cross_entropy_with_logits(logits, truth.nan_to_num(), reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)

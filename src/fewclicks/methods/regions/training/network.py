"""The network of full-image-scribbles (Sec. 3.1): a backbone reads the image once, a head the RoI of each region.

The paper adapts Mask R-CNN with a ResNet-50 and 41x41 RoIs. This network has a MobileNetV2 pyramid, 48x48 RoIs with
the pixels of the window at 96x96, and a narrow decoder: a region takes a few milliseconds on a CPU.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

from fewclicks.methods.regions.inference.annotation_maps import GRID, PROMPT_CHANNELS
from fewclicks.methods.shared.training.encode_once import EncodeOnceNetwork, Widths

NARROW = Widths(at16=96, at8=64, at4=48, into2=16, at2=16)
OUTSIDE = -1e4  # the logit of a region outside its box


def build_network() -> EncodeOnceNetwork:
    """Return an untrained network."""
    return EncodeOnceNetwork(PROMPT_CHANNELS, GRID, NARROW)


def project(
    logits: Float[Tensor, "N 1 G G"], windows: Float[Tensor, "N 4"], boxes: Float[Tensor, "N 4"], side: int
) -> Float[Tensor, "N side side"]:
    """Re-project the logits of the regions to a common square canvas (Sec. 3.1); `OUTSIDE` beyond each box.

    Windows and boxes are xyxy in pixels of the canvas.
    """
    pixels = torch.arange(side, device=logits.device) + 0.5
    x = (pixels[None] - windows[:, 0:1]) / (windows[:, 2:3] - windows[:, 0:1]) * 2 - 1
    y = (pixels[None] - windows[:, 1:2]) / (windows[:, 3:4] - windows[:, 1:2]) * 2 - 1
    count = len(logits)
    places = torch.stack([x[:, None, :].expand(count, side, side), y[:, :, None].expand(count, side, side)], 3)
    canvas = grid_sample(logits, places, mode="bilinear", padding_mode="border", align_corners=False)[:, 0]
    return canvas.masked_fill(~inside_boxes(boxes, side), OUTSIDE)


def inside_boxes(boxes: Float[Tensor, "N 4"], side: int) -> Tensor:
    """Return the pixels of a square canvas that each box touches: bool [N, side, side]."""
    pixels = torch.arange(side, device=boxes.device)
    across = (pixels[None] >= boxes[:, 0:1].floor()) & (pixels[None] < boxes[:, 2:3].ceil())
    down = (pixels[None] >= boxes[:, 1:2].floor()) & (pixels[None] < boxes[:, 3:4].ceil())
    return down[:, :, None] & across[:, None, :]

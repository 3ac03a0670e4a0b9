"""Multi-class P2PNet (Sec. 4.2): for every cell a logit for each class, and the offset of the point it proposes."""

from math import log

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fewclicks.methods.locate.training.network.trunk import CHANNELS, Trunk

OFFSET = 2  # numbers of an offset: x, y
PRIOR = 0.01  # score of every proposal before training


class P2pNetwork(nn.Module):
    """P2PNet for `classes` classes with a proposal in each cell of the level at `stride`."""

    def __init__(self, classes: int, stride: int) -> None:
        super().__init__()
        self.class_count, self.stride = classes, stride
        self.trunk = Trunk(stride)
        self.classes = nn.Conv2d(CHANNELS, classes, 1)
        self.offsets = nn.Conv2d(CHANNELS, OFFSET, 1)
        for branch in (self.classes, self.offsets):
            nn.init.normal_(branch.weight, std=0.01)
        nn.init.constant_(self.classes.bias, -log((1 - PRIOR) / PRIOR))
        nn.init.zeros_(self.offsets.bias)

    def forward(self, rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D h w"]:
        """Return logits and, last, the offset x, y in cells from the centre of a cell to its proposed point."""
        features = self.trunk(rgb)
        return torch.cat([self.classes(features), self.offsets(features)], 1)

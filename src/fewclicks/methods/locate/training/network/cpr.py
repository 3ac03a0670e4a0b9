"""CPRNet (Sec. 3.2, Eq. 5): for every cell a logit for each class, and how much a cell counts in its bag."""

from math import log

from jaxtyping import Float
from torch import Tensor, nn

from fewclicks.methods.locate.training.network.trunk import CHANNELS, Trunk

PRIOR = 0.1  # score of every cell before training: from 0.01, rare classes hardly rise in a few hundred steps


class CprNetwork(nn.Module):
    """CPRNet for `classes` classes at the `stride` of its level.

    Both branches are linear, so sampling their maps between cells equals applying them to sampled features.
    """

    def __init__(self, classes: int, stride: int) -> None:
        super().__init__()
        self.class_count, self.stride = classes, stride
        self.trunk = Trunk(stride)
        self.classes = nn.Conv2d(CHANNELS, classes, 1)
        self.selection = nn.Conv2d(CHANNELS, classes, 1)
        nn.init.constant_(self.classes.bias, -log((1 - PRIOR) / PRIOR))

    def forward(self, rgb: Float[Tensor, "B 3 H W"]) -> tuple[Float[Tensor, "B K h w"], Float[Tensor, "B K h w"]]:
        """Return the logits O^cls and O^ins of Eq. 5. rgb: 0..255, sides multiples of 32."""
        features = self.trunk(rgb)
        return self.classes(features), self.selection(features)

    def scores(self, rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B K h w"]:
        """Return O^cls alone, which refinement needs."""
        return self.classes(self.trunk(rgb))

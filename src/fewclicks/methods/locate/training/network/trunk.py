"""The trunk that the networks of `locate` share: MobileNetV2 and one level of a feature pyramid (Sec. 3.2)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from fewclicks.methods.shared.training.blocks import (
    STAGE_CHANNELS,
    freeze,
    imagenet_normalise,
    mobilenet_stages,
)

CHANNELS = 64  # of the pyramid; the paper's ResNet-50 has 256
GROUPS = 8  # of the group norms
STAGES = 4  # of MobileNetV2, strides 2 to 16: the deepest one changed no figure
MULTIPLE = 32  # of the sides of an input


def conv_group_norm() -> nn.Sequential:
    """Return a 3x3 convolution that keeps the size, a group norm and a ReLU."""
    return nn.Sequential(
        nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False),
        nn.GroupNorm(GROUPS, CHANNELS),
        nn.ReLU(inplace=True),
    )


class Trunk(nn.Module):
    """A frozen MobileNetV2, a pyramid down to `stride` 4 (P2) or 8 (P3), and four convolutions: the map F.

    The paper uses one level only, because points have no size. MobileNetV2 stays as it is: annotated points are few,
    and a frozen trunk needs no gradients.
    """

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stages = mobilenet_stages(0, STAGES)
        freeze(self.stages)
        self.first = {4: 1, 8: 2}[stride]  # stage of the level
        self.lateral = nn.ModuleList(
            nn.Conv2d(channels, CHANNELS, 1) for channels in STAGE_CHANNELS[self.first : STAGES]
        )
        self.convolutions = nn.Sequential(*(conv_group_norm() for _ in range(4)))

    def train(self, mode: bool = True) -> "Trunk":
        super().train(mode)
        self.stages.eval()
        return self

    def forward(self, rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 64 h w"]:
        """RGB 0..255, sides multiples of MULTIPLE, to the map F at the stride of the level."""
        levels = []
        with torch.no_grad():
            x = imagenet_normalise(rgb)
            for number, stage in enumerate(self.stages):
                x = stage(x)
                if number >= self.first:
                    levels.append(x)
        top = self.lateral[-1](levels[-1])
        for lateral, level in zip(reversed(self.lateral[:-1]), reversed(levels[:-1]), strict=True):
            top = lateral(level) + interpolate(top, scale_factor=2.0, mode="nearest")
        return self.convolutions(top)

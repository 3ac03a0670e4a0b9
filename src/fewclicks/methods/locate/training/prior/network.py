"""The network of the shipped refiner: MobileNetV2's features, mapped to those that tell objects from background."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from fewclicks.methods.locate.training.network.trunk import GROUPS, STAGES
from fewclicks.methods.shared.training.blocks import STAGE_CHANNELS, freeze, imagenet_normalise, mobilenet_stages

CHANNELS = 64


class PriorNetwork(nn.Module):
    """A frozen MobileNetV2, and 64 features at stride 4: a projection of its own features plus a small pyramid's.

    The pyramid starts at zero, so training starts from MobileNetV2's features.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stages = mobilenet_stages(0, STAGES)
        freeze(self.stages)
        fine, middle, coarse = STAGE_CHANNELS[1:STAGES]
        self.projection = nn.Conv2d(fine + middle + coarse, CHANNELS, 1)
        self.coarse = nn.Sequential(*_convolution(coarse), *_convolution(CHANNELS), *_convolution(CHANNELS))
        self.middle = nn.Sequential(*_convolution(middle + CHANNELS), *_convolution(CHANNELS))
        self.fine = nn.Sequential(*_convolution(fine + CHANNELS, 1), *_convolution(CHANNELS))
        self.out = nn.Conv2d(CHANNELS, CHANNELS, 1)
        nn.init.zeros_(self.out.weight)

    def train(self, mode: bool = True) -> "PriorNetwork":
        super().train(mode)
        self.stages.eval()
        return self

    def forward(self, rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 64 h w"]:
        """RGB 0..255, sides multiples of 32, to features at stride 4."""
        with torch.no_grad():
            fine, middle, coarse = self._levels(rgb)
        own = self.projection(torch.cat([fine, _at_size(middle, fine), _at_size(coarse, fine)], 1))
        deep = self.middle(torch.cat([middle, _at_size(self.coarse(coarse), middle)], 1))
        added: Float[Tensor, "B 64 h w"] = self.out(self.fine(torch.cat([fine, _at_size(deep, fine)], 1)))
        return own + added

    def _levels(self, rgb: Float[Tensor, "B 3 H W"]) -> list[Tensor]:
        """Return MobileNetV2's maps at strides 4, 8 and 16."""
        x, levels = imagenet_normalise(rgb), []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        return levels[1:]


def _convolution(inputs: int, side: int = 3) -> tuple[nn.Module, ...]:
    """Return a convolution that keeps the size, a group norm and a ReLU."""
    return (
        nn.Conv2d(inputs, CHANNELS, side, padding=side // 2, bias=False),
        nn.GroupNorm(GROUPS, CHANNELS),
        nn.ReLU(inplace=True),
    )


def _at_size(maps: Float[Tensor, "B C h w"], other: Float[Tensor, "B D H W"]) -> Float[Tensor, "B C H W"]:
    return interpolate(maps, size=other.shape[2:], mode="bilinear", align_corners=False)

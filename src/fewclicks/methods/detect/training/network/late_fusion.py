"""The late fusion module (c3det, Sec. 4.1.2): networks that read the heatmaps of clicks."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision.models import resnet18

from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES

Levels = list[Tensor]  # maps [B, C, h, w], one at each of `STRIDES`, finest first


def top_down(levels: Levels) -> Levels:
    """Every level with all coarser ones added to it."""
    merged = levels[-1:]
    for level in reversed(levels[:-1]):
        merged.insert(0, level + interpolate(merged[0], scale_factor=2.0, mode="nearest"))
    return merged


class SmallLateFusion(nn.Module):
    """F_LF from heatmaps at stride 4. No norms: what clicks leave in statistics depends on how many there are.

    Heatmaps are empty but for clicks. So that F_LF is as large as F_I where a click is, the weights of the first
    convolution start with a standard deviation of 1, not as for inputs that are full.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(classes, 32, 3, 1, 1), nn.ReLU(inplace=True))
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(inputs, CHANNELS, 3, 2, 1), nn.ReLU(inplace=True))
            for inputs in (32, CHANNELS, CHANNELS)
        )
        nn.init.normal_(self.fine[0].weight)
        for convolution, _ in self.down:
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")

    def forward(self, heat: Float[Tensor, "B C h w"]) -> Levels:
        """Heatmaps at stride 4, 0..1, a channel a class, to F_LF: `CHANNELS` maps at each of `STRIDES`."""
        x = self.fine(heat)
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        return top_down(levels)


class ResNetLateFusion(nn.Module):
    """F_LF as in the paper: a ResNet-18 over the heatmaps at full size, and a pyramid.

    Its batch norms use the statistics of training, so that what a click says depends on no others and on no size.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        body = resnet18()
        self.stem = nn.Sequential(
            nn.Conv2d(classes, 64, 7, 2, 3, bias=False), *[body.bn1, body.relu, body.maxpool, body.layer1]
        )
        self.layers = nn.ModuleList([body.layer2, body.layer3, body.layer4])
        self.lateral = nn.ModuleList(nn.Conv2d(inputs, CHANNELS, 1) for inputs in (128, 256, 512))
        self.out = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in STRIDES)

    def forward(self, heat: Float[Tensor, "B C H W"]) -> Levels:
        """Heatmaps at full size, 0..1, a channel a class, to F_LF: `CHANNELS` maps at each of `STRIDES`."""
        x = self.stem(heat)
        levels = []
        for layer, lateral in zip(self.layers, self.lateral, strict=True):
            x = layer(x)
            levels.append(lateral(x))
        return [out(level) for out, level in zip(self.out, top_down(levels), strict=True)]

"""The networks of c3det (Sec. 4.1): a backbone with a pyramid, what clicks add to it, and the detectors' heads.

The paper's ResNet-50 with 256 channels is a MobileNetV2 with 64 here, so that a CPU answers in milliseconds. Fusion is
linear, so the image's part of it is computed once; a click costs its correlation, the late fusion network and the head.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d

from fewclicks.methods.detect.inference.network.design import CHANNELS, Design
from fewclicks.methods.detect.training.network.heads import DenseHead, RegionHead, Skip
from fewclicks.methods.detect.training.network.late_fusion import Levels, ResNetLateFusion, SmallLateFusion, top_down
from fewclicks.methods.detect.training.network.proxies import Proxies
from fewclicks.methods.shared.training.blocks import (
    STAGE_CHANNELS,
    freeze,
    freeze_statistics,
    imagenet_normalise,
    mobilenet_stages,
)


class Pyramid(nn.Module):
    """MobileNetV2 and a feature pyramid; with `heat_channels` heatmaps join the image in the first convolution."""

    def __init__(self, heat_channels: int = 0) -> None:
        super().__init__()
        self.stages = mobilenet_stages(0, 5)
        freeze(self.stages[:2])
        inputs = STAGE_CHANNELS[2:]
        self.lateral = nn.ModuleList(nn.Conv2d(channels, CHANNELS, 1) for channels in inputs)
        self.out = nn.ModuleList(
            nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False), nn.BatchNorm2d(CHANNELS))
            for _ in inputs
        )
        self.heat = nn.Conv2d(heat_channels, 32, 3, 2, 1, bias=False) if heat_channels else None

    def draw_first_layer(self) -> None:
        """A first convolution of image and heatmaps that is random and stays so, as in the published early fusion: the
        pretrained one has three inputs, and the first layers do not learn.
        """
        heat, image = self.heat, self.stages[0][0][0]
        if heat is None:
            raise ValueError("only early fusion has heatmaps in its first convolution")
        both = nn.Conv2d(image.in_channels + heat.in_channels, image.out_channels, 3, bias=False).weight.detach()
        image.weight.data, heat.weight.data = both.split([image.in_channels, heat.in_channels], 1)
        freeze(heat)

    def train(self, mode: bool = True) -> "Pyramid":
        super().train(mode)
        freeze_statistics(self.stages)
        return self

    def forward(self, rgb: Float[Tensor, "B 3 H W"], heat: Float[Tensor, "B C H W"] | None = None) -> Levels:
        """RGB 0..255, sides multiples of 32, to F_I: `CHANNELS` maps at each of `STRIDES`."""
        return self.merged(self.read(rgb, heat))

    def read(self, rgb: Float[Tensor, "B 3 H W"], heat: Float[Tensor, "B C H W"] | None = None) -> Levels:
        """Return what MobileNetV2 makes of RGB 0..255: its maps at each of `STRIDES`."""
        (convolution, norm, activation), second = self.stages[0]
        x = norm(convolution(imagenet_normalise(rgb)))
        if self.heat is not None:
            x = x + self.heat(heat)  # the same as a first convolution of both, whose norm, which is fixed, is in `heat`
        x = self.stages[1](second(activation(x)))
        maps = []
        for stage in self.stages[2:]:
            x = stage(x)
            maps.append(x)
        return maps

    def merged(self, maps: Levels) -> Levels:
        """Return F_I of the maps of MobileNetV2: the feature pyramid."""
        levels = [lateral(level) for lateral, level in zip(self.lateral, maps, strict=True)]
        return [out(level) for out, level in zip(self.out, top_down(levels), strict=True)]


class DetectNetwork(nn.Module):
    """c3det for `classes` classes, or class slots that clicks alone give a meaning.

    skip: which part of heads.py tells class slots apart, or classes that began so (from_slots.py); None for others.
    seen: how many classes the training sets of class slots have.
    """

    def __init__(self, design: Design, classes: int, skip: Skip | None = None, seen: int = 0) -> None:
        super().__init__()
        self.design, self.class_count = design, classes
        self.pyramid = Pyramid(classes if design.variant == "early" else 0)
        self.late = late_fusion(design, classes)
        more = classes * design.correlates + CHANNELS * design.fuses_late
        self.fusion = nn.Conv2d(CHANNELS + more, CHANNELS, 1)
        two = design.stages == "two"
        self.head = DenseHead(1 if two else classes, 4 if two else design.box_values, None if two else skip)
        self.regions = RegionHead(classes, design.box_values) if two else None
        self.proxies = Proxies(seen) if seen and design.correlates else None

    def late_part(self, heat: Float[Tensor, "B C h w"] | None) -> Levels | None:
        """F_LF of heatmaps."""
        return self.late(heat) if self.late is not None else None

    def fuse(self, features: Levels, c3: Levels | None, late: Levels | None) -> Levels:
        """The 1x1 convolution over F_I, F_C3 and F_LF side by side, shared by the levels, without activation."""
        parts = [each for each in (features, c3, late) if each is not None]
        return [self.fusion(torch.cat(maps, 1)) for maps in zip(*parts, strict=True)]

    def image_part(self, features: Levels) -> Levels:
        """What the image contributes to the fusion, whatever is clicked: W F_I + b."""
        weight = self.fusion.weight[:, :CHANNELS]
        return [conv2d(level, weight, self.fusion.bias) for level in features]

    def click_part(self, base: Levels, c3: Levels | None, late: Levels | None) -> Levels:
        """The fusion, from the part of the image and the maps of the clicks: the same as `fuse` of the features."""
        parts = [each for each in (c3, late) if each is not None]
        if not parts:
            return base
        weight = self.fusion.weight[:, CHANNELS:]
        clicked = [conv2d(torch.cat(maps, 1), weight) for maps in zip(*parts, strict=True)]
        return [image + clicks for image, clicks in zip(base, clicked, strict=True)]


def late_fusion(design: Design, classes: int) -> nn.Module | None:
    """The network of F_LF, if there is one."""
    if not design.fuses_late:
        return None
    return SmallLateFusion(classes) if design.late_fusion == "small" else ResNetLateFusion(classes)

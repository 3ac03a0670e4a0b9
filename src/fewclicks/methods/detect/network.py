"""The networks of c3det (Sec. 4.1): a backbone with a pyramid, what clicks add to it, and the detectors' heads.

The paper's ResNet-50 with 256 channels is a MobileNetV2 with 64 here, so that a CPU answers in milliseconds. Fusion is
linear, so the image's part of it is computed once; a click costs its correlation, the late fusion network and the head.
"""

from collections.abc import Sequence
from functools import partial
from math import log

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate
from torchvision.models import resnet18
from torchvision.ops import roi_align

from fewclicks.methods.detect.design import CHANNELS, STRIDES, Design
from fewclicks.methods.parts.blocks import (
    STAGE_CHANNELS,
    conv_norm,
    freeze,
    freeze_statistics,
    imagenet_normalise,
    mobilenet_stages,
)

PRIOR = 0.01  # score that every cell starts with (RetinaNet)
ROI = 7  # side of what is pooled of a region of interest
HIDDEN = 256  # units of the second stage
Levels = list[Tensor]


def _up(x: Float[Tensor, "B D h w"]) -> Float[Tensor, "B D H W"]:
    return interpolate(x, scale_factor=2.0, mode="nearest")


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

    def train(self, mode: bool = True) -> "Pyramid":
        super().train(mode)
        freeze_statistics(self.stages)
        return self

    def forward(self, rgb: Float[Tensor, "B 3 H W"], heat: Float[Tensor, "B C H W"] | None = None) -> Levels:
        """RGB 0..255, sides multiples of 32, to F_I: `CHANNELS` maps at each of `STRIDES`."""
        (convolution, norm, activation), second = self.stages[0]
        x = convolution(imagenet_normalise(rgb))
        if self.heat is not None:
            x = x + self.heat(heat)  # the same as a first convolution of the image and the heatmaps
        x = self.stages[1](second(activation(norm(x))))
        levels = []
        for stage, lateral in zip(self.stages[2:], self.lateral, strict=True):
            x = stage(x)
            levels.append(lateral(x))
        for deeper in (1, 0):
            levels[deeper] = levels[deeper] + _up(levels[deeper + 1])
        return [out(level) for out, level in zip(self.out, levels, strict=True)]


class SmallLateFusion(nn.Module):
    """F_LF from heatmaps at stride 4 (Sec. 4.1.2). No norms: what clicks leave in statistics depends on their number."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(classes, 32, 3, 1, 1), nn.ReLU(inplace=True))
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(inputs, CHANNELS, 3, 2, 1), nn.ReLU(inplace=True))
            for inputs in (32, CHANNELS, CHANNELS)
        )

    def forward(self, heat: Float[Tensor, "B C h w"]) -> Levels:
        x = self.fine(heat)
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        for deeper in (1, 0):
            levels[deeper] = levels[deeper] + _up(levels[deeper + 1])
        return levels


class ResNetLateFusion(nn.Module):
    """F_LF as in the paper: a ResNet-18 over the heatmaps at full size, and a pyramid."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        body = resnet18(norm_layer=partial(nn.GroupNorm, 32))  # norms of one sample, see SmallLateFusion
        self.stem = nn.Sequential(
            nn.Conv2d(classes, 64, 7, 2, 3, bias=False), *[body.bn1, body.relu, body.maxpool, body.layer1]
        )
        self.layers = nn.ModuleList([body.layer2, body.layer3, body.layer4])
        self.lateral = nn.ModuleList(nn.Conv2d(inputs, CHANNELS, 1) for inputs in (128, 256, 512))
        self.out = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1) for _ in STRIDES)

    def forward(self, heat: Float[Tensor, "B C H W"]) -> Levels:
        x = self.stem(heat)
        levels = []
        for layer, lateral in zip(self.layers, self.lateral, strict=True):
            x = layer(x)
            levels.append(lateral(x))
        for deeper in (1, 0):
            levels[deeper] = levels[deeper] + _up(levels[deeper + 1])
        return [out(level) for out, level in zip(self.out, levels, strict=True)]


class SlotSkip(nn.Module):
    """How well each slot fits, said by the same weights for every slot: its correlation and the best of the others."""

    def __init__(self) -> None:
        super().__init__()
        self.context = nn.Conv2d(CHANNELS, 8, 1)
        self.fit = nn.Sequential(nn.Conv2d(10, 16, 1), nn.ReLU(inplace=True), nn.Conv2d(16, 1, 1))

    def forward(self, trunk: Float[Tensor, "B D h w"], c3: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
        batch, slots, rows, columns = c3.shape
        alone = torch.eye(slots, dtype=torch.bool, device=c3.device)[None, :, :, None, None]
        others = c3[:, None].masked_fill(alone, 0).amax(2)
        context = self.context(trunk)[:, None].expand(batch, slots, 8, rows, columns)
        about = torch.cat([context, c3[:, :, None], others[:, :, None]], 2).flatten(0, 1)
        return self.fit(about).reshape(batch, slots, rows, columns)


class DenseHead(nn.Module):
    """For every cell a logit for each class and a box (RetinaNet's subnets, which share their convolutions here)."""

    def __init__(self, classes: int, box_values: int, slots: bool) -> None:
        super().__init__()
        self.trunk = nn.Sequential(conv_norm(CHANNELS, CHANNELS), conv_norm(CHANNELS, CHANNELS))
        self.classes = nn.Conv2d(CHANNELS, classes, 1)
        self.boxes = nn.Conv2d(CHANNELS, box_values, 1)
        self.skip = SlotSkip() if slots else None
        nn.init.constant_(self.classes.bias, -log((1 - PRIOR) / PRIOR))

    def forward(self, fused: Levels, c3: Levels | None) -> Float[Tensor, "B M V"]:
        """Logits and box values side by side, for all cells, level after level."""
        levels = []
        for number, level in enumerate(fused):
            trunk = self.trunk(level)
            logits = self.classes(trunk)
            if self.skip is not None and c3 is not None:
                logits = logits + self.skip(trunk, c3[number])
            levels.append(torch.cat([logits, self.boxes(trunk)], 1).flatten(2))
        return torch.cat(levels, 2).transpose(1, 2)


class RegionHead(nn.Module):
    """The second stage of Faster R-CNN: for every region of interest logits of no object and each class, and a box."""

    def __init__(self, classes: int, box_values: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(
            nn.Linear(CHANNELS * ROI * ROI, HIDDEN), nn.ReLU(inplace=True), nn.Linear(HIDDEN, HIDDEN), nn.ReLU()
        )
        self.answer = nn.Linear(HIDDEN, 1 + classes + box_values)

    def forward(
        self, fused: Levels, regions: Float[Tensor, "R 5"], on_level: Float[Tensor, "R 3"]
    ) -> Float[Tensor, "R V"]:
        """Regions are rows (image, x0, y0, x1, y1) in pixels of the input; `on_level` is 1 at the level of each."""
        pooled = 0
        for number, (stride, level) in enumerate(zip(STRIDES, fused, strict=True)):
            aligned = roi_align(level.float(), regions, (ROI, ROI), 1 / stride, 2, aligned=True)
            pooled = pooled + aligned * on_level[:, number, None, None, None]
        return self.answer(self.hidden(pooled.flatten(1)))


class DetectNetwork(nn.Module):
    """c3det for `classes` classes, or class slots that clicks alone give a meaning."""

    def __init__(self, design: Design, classes: int, slots: bool = False) -> None:
        super().__init__()
        self.design, self.class_count = design, classes
        self.pyramid = Pyramid(classes if design.variant == "early" else 0)
        self.late = (
            {"small": SmallLateFusion, "resnet18": ResNetLateFusion}[design.late_fusion](classes)
            if (design.fuses_late)
            else None
        )
        more = classes * design.correlates + CHANNELS * design.fuses_late
        self.fusion = nn.Conv2d(CHANNELS + more, CHANNELS, 1)
        two = design.stages == "two"
        self.head = DenseHead(1 if two else classes, 4 if two else design.box_values, slots and not two)
        self.regions = RegionHead(classes, design.box_values) if two else None

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


def sampled(levels: Levels, image: Tensor, points_xy: Float[Tensor, "K 2"]) -> Float[Tensor, "K T"]:
    """Eq. 1 for points in pixels of the input, each in the image of that index: correlation.py says how."""
    columns = []
    for stride, level in zip(STRIDES, levels, strict=True):
        limit = points_xy.new_tensor([level.shape[3] - 1, level.shape[2] - 1])
        place = torch.minimum((points_xy / stride - 0.5).clamp(min=0), limit)
        low = place.floor()
        right, below = (place - low).unbind(1)
        (x0, y0), (x1, y1) = low.long().unbind(1), torch.minimum(low + 1, limit).long().unbind(1)
        top = level[image, :, y0, x0] * (1 - right)[:, None] + level[image, :, y0, x1] * right[:, None]
        bottom = level[image, :, y1, x0] * (1 - right)[:, None] + level[image, :, y1, x1] * right[:, None]
        columns.append(top * (1 - below)[:, None] + bottom * below[:, None])
    return torch.cat(columns, 1)


def collated(
    levels: Levels,
    templates: Float[Tensor, "K T"],
    image: Sequence[int],
    classes: Sequence[int],
    design: Design,
    count: int,
) -> Levels:
    """F_C3 of a batch (Eq. 2 and 3): templates for the images of these indices, and their classes."""
    groups: dict[tuple[int, int], list[int]] = {}
    for row, key in enumerate(zip(image, classes, strict=True)):
        groups.setdefault(key, []).append(row)
    found = []
    for number, level in enumerate(levels):
        own = templates[:, number * CHANNELS : (number + 1) * CHANNELS]
        empty = level.new_zeros(level.shape[2:])
        maps = [[empty] * count for _ in range(len(level))]
        for (index, class_id), rows in groups.items():
            chosen = own[rows].mean(0, keepdim=True) if design.collation == "before" else own[rows]
            maps[index][class_id] = _correlation(level[index], chosen, design).amax(0)
        found.append(torch.stack([torch.stack(each) for each in maps]))
    return found


def _correlation(level: Float[Tensor, "D h w"], templates: Float[Tensor, "K D"], design: Design) -> Tensor:
    """Eq. 2: [K, h, w]."""
    if design.correlation == "cosine":
        level = level / level.norm(dim=0, keepdim=True).clamp(min=1e-6)
        templates = templates / templates.norm(dim=1, keepdim=True).clamp(min=1e-6)
        return torch.einsum("kd,dhw->khw", templates, level)
    return torch.einsum("kd,dhw->khw", templates, level) / CHANNELS**0.5

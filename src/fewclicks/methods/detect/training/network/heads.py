"""What reads the fused maps: the head of RetinaNet or of a region proposal network, and a second stage."""

from math import log
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torchvision.ops import roi_align

from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES
from fewclicks.methods.detect.training.network.late_fusion import Levels

Skip = Literal["neighbourhood", "point"]

PRIOR = 0.01  # score that every cell starts with (RetinaNet)
ROI = 7  # side of what is pooled of a region of interest
HIDDEN = 256  # units of the second stage
FIT = 24  # maps that tell how well a slot fits
SMALLEST_VARIANCE = 1e-4  # of a correlation map


class SlotSkip(nn.Module):
    """How well each slot fits, from its correlation map and its neighbourhood, by the same weights for every slot.

    Cosines of the background differ from image to image, so the distance of each from the mean of its map counts, too.
    A slot without a template, whose correlation is 0 everywhere, adds nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.context = nn.Conv2d(CHANNELS, FIT, 3, padding=1)
        self.maps = nn.Conv2d(3, FIT, 3, padding=1, bias=False)
        self.fit = nn.Sequential(nn.ReLU(), nn.Conv2d(FIT, FIT, 1), nn.ReLU(inplace=True), nn.Conv2d(FIT, 1, 1))

    def forward(self, trunk: Float[Tensor, "B D h w"], c3: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
        """Logits to add to those of the head, from what its convolutions say (D = CHANNELS) and F_C3."""
        batch, slots, rows, columns = c3.shape
        maps = self.maps(torch.stack([c3, above_the_mean(c3), best_of_others(c3)], 2).flatten(0, 1))
        about = self.context(trunk)[:, None] + maps.reshape(batch, slots, FIT, rows, columns)
        return self.fit(about.flatten(0, 1)).reshape(batch, slots, rows, columns) * has_template(c3)


class PointSkip(nn.Module):
    """As `SlotSkip`, without neighbouring cells and the mean, for weights from before 2026-11-26 (the shipped ones)."""

    def __init__(self) -> None:
        super().__init__()
        self.context = nn.Conv2d(CHANNELS, 8, 1)
        self.fit = nn.Sequential(nn.Conv2d(10, 16, 1), nn.ReLU(inplace=True), nn.Conv2d(16, 1, 1))

    def forward(self, trunk: Float[Tensor, "B D h w"], c3: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
        """See `SlotSkip.forward`."""
        batch, slots, rows, columns = c3.shape
        context = self.context(trunk)[:, None].expand(batch, slots, 8, rows, columns)
        about = torch.cat([context, c3[:, :, None], best_of_others(c3)[:, :, None]], 2).flatten(0, 1)
        return self.fit(about).reshape(batch, slots, rows, columns) * has_template(c3)


SKIPS: dict[Skip, type[SlotSkip] | type[PointSkip]] = {"neighbourhood": SlotSkip, "point": PointSkip}


def has_template(c3: Float[Tensor, "B C h w"]) -> Bool[Tensor, "B C 1 1"]:
    """Whether each channel has a template: the correlation of one without is 0 everywhere."""
    return c3.abs().amax((2, 3), keepdim=True) > 0


def above_the_mean(c3: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
    """For every channel its distance from the mean of its map, in standard deviations of the map."""
    away = c3 - c3.mean((2, 3), keepdim=True)
    return away / (away.square().mean((2, 3), keepdim=True) + SMALLEST_VARIANCE).sqrt()


def best_of_others(c3: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h w"]:
    """For every channel the largest of all others and 0, in a time that grows with C, not with its square."""
    nothing = torch.zeros_like(c3[:, :1])
    first, second = torch.cat([c3, nothing, nothing], 1).topk(2, dim=1).values.split(1, dim=1)
    return torch.where(c3 == first, second, first)


class DenseHead(nn.Module):
    """For every cell a logit for each class and a box (RetinaNet's subnets, which share their convolutions here).

    As there, without norms: the maps of clicks would shift a batch's statistics by how many clicks it has.
    """

    def __init__(self, classes: int, box_values: int, skip: Skip | None) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        for convolution in (self.trunk[0], self.trunk[2]):
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        self.classes = nn.Conv2d(CHANNELS, classes, 1)
        self.boxes = nn.Conv2d(CHANNELS, box_values, 1)
        self.skip = SKIPS[skip]() if skip else None
        nn.init.constant_(self.classes.bias, -log((1 - PRIOR) / PRIOR))

    def forward(self, fused: Levels, c3: Levels | None) -> Float[Tensor, "B M V"]:
        """Logits and box values side by side, for all cells, level after level."""
        return self.answer(self.hidden(fused), c3)

    def hidden(self, fused: Levels) -> Levels:
        """The maps that logits and box values are read from."""
        return [self.trunk(level) for level in fused]

    def answer(self, hidden: Levels, c3: Levels | None) -> Float[Tensor, "B M V"]:
        """Logits and box values of hidden maps, see `forward`."""
        levels = []
        for number, trunk in enumerate(hidden):
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
        return self.answer(self.describe(fused, regions, on_level))

    def describe(
        self, fused: Levels, regions: Float[Tensor, "R 5"], on_level: Float[Tensor, "R 3"]
    ) -> Float[Tensor, "R D"]:
        """The feature of each region that the answer is made of, HIDDEN values (the paper's FC2)."""
        pooled = [
            roi_align(level.float(), regions, (ROI, ROI), 1 / stride, 2, aligned=True) * chosen[:, None, None, None]
            for stride, level, chosen in zip(STRIDES, fused, on_level.unbind(1), strict=True)
        ]
        return self.hidden(torch.stack(pooled).sum(0).flatten(1))

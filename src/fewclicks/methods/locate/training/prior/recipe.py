"""How the shipped refiner is trained: on crops of many data sets, each with the points of one class."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.locate.training.data.batches import stacked
from fewclicks.methods.locate.training.prior.crops import ClassCropSampler
from fewclicks.methods.locate.training.prior.losses import WEIGHTS, crop_losses
from fewclicks.methods.locate.training.prior.network import PriorNetwork
from fewclicks.methods.shared.training.blocks import load_mobilenet, mixed_precision

RATE = 2e-3  # of AdamW at its peak
SPACING = 64.0  # see NetworkInfo


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """The settings that a checkpoint belongs to. side: pixels of a crop, a multiple of 32. batch: crops of a step."""

    side: int = 320
    batch: int = 6
    seed: int = 0


class PriorTask:
    """Trains the features through the closed form (losses.py)."""

    def __init__(
        self, settings: PriorSettings, sources: Sequence[PointedSource], backbone: Path, device: torch.device
    ) -> None:
        """`backbone`: MobileNetV2's pretrained weights, safetensors with torchvision's names. Raises InputError."""
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.network = PriorNetwork()
        load_mobilenet(self.network.stages, backbone)
        self.network.to(device, memory_format=torch.channels_last)
        self.sampler = ClassCropSampler(sources, settings.side, SPACING)
        self.begin(0)

    def begin(self, step: int) -> None:
        """Go on with crops that are random by the seed and `step`."""
        self.rng = np.random.default_rng([self.settings.seed, step])

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        """Return all parameters but MobileNetV2's."""
        return [{"params": [each for each in self.network.parameters() if each.requires_grad], "lr": rate}]

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Return the mean loss of the next crops, and its terms."""
        crops = [self.sampler.draw(self.rng) for _ in range(self.settings.batch)]
        with mixed_precision(self.device):
            features = self.network(stacked([crop.rgb for crop in crops], self.device))
        each = [crop_losses(of_crop, crop) for of_crop, crop in zip(features.float().cpu(), crops, strict=True)]
        means = {name: torch.stack([losses[name] for losses in each]).mean() for name in WEIGHTS}
        total = torch.stack([WEIGHTS[name] * mean for name, mean in means.items()]).sum()
        return total, {name: mean.item() for name, mean in means.items()}

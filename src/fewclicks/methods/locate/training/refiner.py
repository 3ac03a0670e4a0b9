"""How CPRNet is trained (Sec. 3.2): bags around the annotated points of random crops, Eq. 3-10."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.locate.inference.bags import circles
from fewclicks.methods.locate.training.choices import LossTerms
from fewclicks.methods.locate.training.data.scales import Reading, scales_of
from fewclicks.methods.locate.training.losses.cpr import WEIGHTS, cpr_losses
from fewclicks.methods.locate.training.network.cpr import CprNetwork
from fewclicks.methods.locate.training.recipe import CropSettings, CropTask
from fewclicks.methods.shared.training.blocks import mixed_precision
from fewclicks.methods.shared.training.trained import load_stages


@dataclass(frozen=True, slots=True)
class RefinerSettings(CropSettings):
    """The options of the paper's tables 2 and 4, and the other settings that a checkpoint belongs to.

    losses: the terms of Eq. 3. radius: R of bags and negatives in training, in cells. centre: whether the annotated
    point is in its bag, as in the published code; Eq. 1 lacks it. reading: the scale that images are read at.
    """

    losses: LossTerms = "mil+ann+neg"
    radius: int = 5
    centre: bool = True
    reading: Reading = "neighbours"


class RefinerTask(CropTask):
    """Trains CPRNet."""

    def __init__(
        self, settings: RefinerSettings, sources: Sequence[PointedSource], start: Path, device: torch.device
    ) -> None:
        """start: see `load_stages`. Raises InputError for sources that do not go together."""
        super().__init__(settings, sources, scales_of(sources, settings.reading), settings.radius + 1.0, device)
        torch.manual_seed(settings.seed)
        self.settings: RefinerSettings = settings
        self.network = CprNetwork(len(self.channel_of), settings.stride)
        load_stages(self.network.trunk.stages, start)
        self.network.to(device, memory_format=torch.channels_last)
        around = np.concatenate([np.zeros((int(settings.centre), 2)), circles(settings.radius)])
        self.offsets = torch.from_numpy(around).to(device, torch.float32)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a batch (Eq. 3) and its terms."""
        rgb, points = self.batch()
        with mixed_precision(self.device):
            logits, selection = self.network(rgb)
        losses = cpr_losses(
            self.settings.losses, logits.float(), selection.float(), points, self.offsets, self.settings.radius
        )
        total = torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum()
        return total, {name: loss.item() for name, loss in losses.items()}

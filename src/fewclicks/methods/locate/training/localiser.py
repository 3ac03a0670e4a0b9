"""How the localiser is trained (Sec. 4.2): multi-class P2PNet on random crops, top-k proposals for each point."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.locate.training.data.scales import scale_of_all
from fewclicks.methods.locate.training.losses.p2p import p2p_losses
from fewclicks.methods.locate.training.network.p2p import P2pNetwork
from fewclicks.methods.locate.training.recipe import CropSettings, CropTask
from fewclicks.methods.shared.training.blocks import mixed_precision
from fewclicks.methods.shared.training.trained import load_stages


@dataclass(frozen=True, slots=True)
class LocaliserSettings(CropSettings):
    """The settings that a checkpoint belongs to. passes: k, the number of proposals of each point."""

    passes: int = 3


class LocaliserTask(CropTask):
    """Trains P2PNet. All images are read at one scale, since images without points have none of their own."""

    def __init__(
        self, settings: LocaliserSettings, sources: Sequence[PointedSource], start: Path, device: torch.device
    ) -> None:
        """start: see `load_stages`. Raises InputError for sources that do not go together."""
        self.scale = scale_of_all(sources)
        super().__init__(settings, sources, [[self.scale] * len(source.images) for source in sources], 0.0, device)
        torch.manual_seed(settings.seed)
        self.settings: LocaliserSettings = settings
        self.network = P2pNetwork(len(self.channel_of), settings.stride)
        load_stages(self.network.trunk.stages, start)
        self.network.to(device, memory_format=torch.channels_last)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a batch and its terms."""
        rgb, points = self.batch()
        with mixed_precision(self.device):
            maps = self.network(rgb)
        losses = p2p_losses(maps.float(), points, self.settings.stride, self.settings.passes)
        return torch.stack([*losses.values()]).sum(), {name: loss.item() for name, loss in losses.items()}

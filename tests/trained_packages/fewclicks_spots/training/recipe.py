"""The network of `spots` and how it is trained: the cells with points score high in the heat map of their class."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.shared.training.blocks import (
    STAGE_CHANNELS,
    conv_norm,
    imagenet_normalise,
    mobilenet_stages,
    slower_where_pretrained,
)
from fewclicks.methods.shared.training.class_names import class_names
from fewclicks.methods.shared.training.focal import focal
from fewclicks.methods.shared.training.point_crops import Crop, CropSampler
from fewclicks.methods.shared.training.trained import load_stages
from fewclicks_spots.model import STRIDE

STAGES = 2  # of MobileNetV2: down to a stride of 4 pixels


class SpotsNetwork(nn.Module):
    """RGB uint8 [B, H, W, 3] to logits [B, C, H / 4, W / 4]; H and W are multiples of 4."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stages = mobilenet_stages(0, STAGES)
        channels = STAGE_CHANNELS[STAGES - 1]
        self.head = nn.Sequential(conv_norm(channels, channels), nn.Conv2d(channels, classes, 1))

    def forward(self, rgb: Tensor) -> Tensor:
        features = imagenet_normalise(rgb.permute(0, 3, 1, 2).float())
        for stage in self.stages:
            features = stage(features)
        return self.head(features)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that a checkpoint belongs to."""

    side: int
    batch: int
    seed: int


class SpotsTask:
    """What the training loop runs."""

    def __init__(self, settings: Settings, sources: Sequence[PointedSource], start: Path, device: torch.device) -> None:
        """start: MobileNetV2 weights or a trained model. Raises InputError for sources that do not go together."""
        self.settings, self.device = settings, device
        self.channel_of = {class_id: channel for channel, class_id in enumerate(class_names(sources))}
        self.sampler = CropSampler(sources, [[1.0] * len(source.images) for source in sources], settings.side)
        torch.manual_seed(settings.seed)
        self.network = SpotsNetwork(len(self.channel_of))
        load_stages(self.network.stages, start)
        self.network.to(device)
        self.begin(0)

    def begin(self, step: int) -> None:
        self.rng = np.random.default_rng([self.settings.seed, step])

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return slower_where_pretrained(self.network, rate)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        crops = [self.sampler.draw(self.rng) for _ in range(self.settings.batch)]
        rgb = torch.from_numpy(np.stack([crop.rgb for crop in crops])).to(self.device)
        targets = torch.from_numpy(np.stack([self._heat_maps(crop) for crop in crops])).to(self.device)
        loss = focal(self.network(rgb), targets).sum() / targets.sum().clamp(min=1)
        return loss, {"loss": loss.item()}

    def _heat_maps(self, crop: Crop) -> np.ndarray:
        """Return 1 in the cells with points, float32 [C, h, w]."""
        maps = np.zeros((len(self.channel_of), *(-(-side // STRIDE) for side in crop.rgb.shape[:2])), np.float32)
        columns, rows = np.floor(crop.points_xy / STRIDE).astype(int).T
        inside = (columns >= 0) & (rows >= 0) & (rows < maps.shape[1]) & (columns < maps.shape[2])
        channels = np.array([self.channel_of[each] for each in crop.class_ids.tolist()], int)
        maps[channels[inside], rows[inside], columns[inside]] = 1
        return maps

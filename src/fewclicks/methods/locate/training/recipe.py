"""What the training of refiners and localisers has in common: crops, batches, the random order, the start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.errors import InputError
from fewclicks.methods.locate.training.data.batches import pixels_of, points_of
from fewclicks.methods.locate.training.losses.cpr import PointBatch
from fewclicks.methods.locate.training.network.cpr import CprNetwork
from fewclicks.methods.locate.training.network.p2p import P2pNetwork
from fewclicks.methods.locate.training.network.trunk import MULTIPLE
from fewclicks.methods.shared.training.class_names import class_names
from fewclicks.methods.shared.training.point_crops import CropSampler

RATE = 1e-3  # of AdamW at its peak
BRANCHES = 5.0  # times that rate for the linear branches


@dataclass(frozen=True, slots=True)
class CropSettings:
    """The settings that a checkpoint belongs to, whatever is trained.

    stride: pixels of a cell, 4 (P2) or 8 (P3). side: pixels of a crop, a multiple of 32. batch: crops of a step.
    """

    stride: int = 4
    side: int = 256
    batch: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise InputError for a side that the pyramid cannot be built on."""
        if self.side % MULTIPLE or self.side <= 0:
            raise InputError(f"expected a multiple of {MULTIPLE}, got {self.side}", place="--side")


class CropTask:
    """Draws crops and hands them to the loop as batches; a subclass gives the network and its losses."""

    def __init__(
        self,
        settings: CropSettings,
        sources: Sequence[PointedSource],
        scales: Sequence[Sequence[float]],
        margin: float,
        device: torch.device,
    ) -> None:
        """scales: at which each image is read. margin: cells around a crop whose points matter."""
        self.settings, self.device, self.margin = settings, device, margin
        self.channel_of = {class_id: channel for channel, class_id in enumerate(class_names(sources))}
        self.sampler = CropSampler(sources, scales, settings.side)
        self.network: CprNetwork | P2pNetwork
        self.begin(0)

    def begin(self, step: int) -> None:
        """Go on with crops that are random by the seed and `step`."""
        self.rng = np.random.default_rng([self.settings.seed, step])

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        """Return both groups: the linear branches learn faster, so that few steps can carry their logits far."""
        free = [each for each in self.network.trunk.parameters() if each.requires_grad]
        in_trunk = {id(each) for each in self.network.trunk.parameters()}
        branches = [each for each in self.network.parameters() if id(each) not in in_trunk]
        return [{"params": free, "lr": rate}, {"params": branches, "lr": BRANCHES * rate}]

    def batch(self) -> tuple[Float[Tensor, "B 3 S S"], PointBatch]:
        """Return the pixels of the next crops and their points."""
        crops = [self.sampler.draw(self.rng) for _ in range(self.settings.batch)]
        points = points_of(crops, self.channel_of, self.settings.stride, self.margin, self.device)
        return pixels_of(crops, self.device), points

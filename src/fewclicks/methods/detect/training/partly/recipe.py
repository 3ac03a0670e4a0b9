"""How a detector is trained on images that are labelled in part: batches of cached maps, half of them full images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.geometry.oriented import canonical
from fewclicks.methods.detect.inference.network.cells import references
from fewclicks.methods.detect.inference.network.design import Design
from fewclicks.methods.detect.training.losses.supervision import Losses
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.partly.losses import PartlyBatch, partly_losses
from fewclicks.methods.detect.training.partly.maps import ReadMaps, stacked
from fewclicks.methods.shared.training.blocks import freeze_statistics, mixed_precision

BOX_WEIGHT = 0.5  # of the box loss, as for detectors with clicks
FREEZE_AFTER = 0.75  # progress from which on batch-norm statistics stay


@dataclass(frozen=True, slots=True)
class PartlySettings:
    """The settings of a training run.

    oriented: whether boxes are. batch: images in a step. full_share: the share of a batch that is drawn from images
    with all their objects labelled; None draws from all images alike.
    """

    oriented: bool = False
    batch: int = 8
    full_share: float | None = 0.5
    seed: int = 0

    @property
    def design(self) -> Design:
        return Design("none", oriented=self.oriented)


class PartlyTask:
    """Draws batches of images and trains the pyramid and the head on their cached maps."""

    def __init__(
        self,
        settings: PartlySettings,
        network: DetectNetwork,
        maps: Sequence[ReadMaps],
        images: Sequence[PartlyLabelled],
        channel_of: dict[int, int],
        device: torch.device,
    ) -> None:
        """images: at least one; their numbers are those of `maps`. channel_of: the channel of each class id."""
        self.settings, self.network, self.maps, self.images = settings, network, maps, images
        self.channel_of, self.device = channel_of, device
        self.full = np.array([image.is_full for image in images])
        self.begin(0)

    def begin(self, step: int) -> None:
        """Go on with batches that are random by the seed and `step`."""
        self.rng = np.random.default_rng([self.settings.seed, step])

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return [{"params": [each for each in self.network.parameters() if each.requires_grad], "lr": rate}]

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of one batch; see `training.loop.Task`."""
        if progress > FREEZE_AFTER:
            freeze_statistics(self.network)
        losses = self._losses(self._chosen())
        total = losses["class"] + BOX_WEIGHT * losses["box"]
        return total, {name: loss.item() for name, loss in losses.items()}

    def _chosen(self) -> Int64[np.ndarray, "B"]:
        """Return the images of a batch: `full_share` of them are full ones, if there are both kinds."""
        batch, share = self.settings.batch, self.settings.full_share
        full, partial = np.flatnonzero(self.full), np.flatnonzero(~self.full)
        if share is None or not len(full) or not len(partial):
            return self.rng.choice(len(self.images), batch)
        count = round(batch * share)
        return np.concatenate([self.rng.choice(full, count), self.rng.choice(partial, batch - count)])

    def _losses(self, chosen: Int64[np.ndarray, "B"]) -> Losses:
        flips = self.rng.integers(0, 2, len(chosen)).tolist()
        images = [self.images[index] for index in chosen.tolist()]
        maps = [self.maps[image.number] for image in images]
        heights, widths = zip(*(each.input_hw for each in maps), strict=True)
        input_hw = (max(heights), max(widths))
        with mixed_precision(self.device):
            levels = stacked([each.levels[flip] for each, flip in zip(maps, flips, strict=True)], input_hw)
            features = self.network.pyramid.merged([level.float() for level in levels])
            out = self.network.head(self.network.fuse(features, None, None), None).float()
        placed = [_placed(*each) for each in zip(images, maps, flips, strict=True)]
        channels = [self._channels(image) for image in images]
        batch = PartlyBatch.of(placed, channels, references(input_hw))
        logits, values = out.split([self.network.class_count, self.network.design.box_values], 2)
        return partly_losses(batch, logits, values, self.settings.oriented)

    def _channels(self, image: PartlyLabelled) -> Int64[np.ndarray, "_"]:
        return np.array([self.channel_of[each] for each in image.class_ids.tolist()], np.int64)


def _placed(image: PartlyLabelled, maps: ReadMaps, flip: int) -> PartlyLabelled:
    """Return the boxes and areas of an image in pixels of the input, or of its mirror image."""
    placed = image.scaled(maps.scale)
    return _mirrored(placed, maps.width) if flip else placed


def _mirrored(image: PartlyLabelled, width: int) -> PartlyLabelled:
    known = image.known.copy()
    known[:, [0, 2]] = width - image.known[:, [2, 0]]
    boxes, background, ignored = (
        _mirrored_boxes(each, width) for each in (image.boxes, image.background, image.ignored)
    )
    return replace(image, boxes=boxes, background=background, ignored=ignored, known=known)


def _mirrored_boxes(boxes: Float64[np.ndarray, "N 5"], width: int) -> Float64[np.ndarray, "N 5"]:
    mirrored = boxes * np.array([-1.0, 1, 1, 1, -1])
    mirrored[:, 0] += width
    return canonical(mirrored)

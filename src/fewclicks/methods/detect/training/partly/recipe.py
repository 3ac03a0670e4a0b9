"""How a detector is trained on images that are labelled in part: batches of their cached maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from fewclicks.datasets.partly_labelled import PartlyLabelled, with_coordinates
from fewclicks.geometry.oriented import canonical
from fewclicks.methods.detect.inference.network.cells import references
from fewclicks.methods.detect.inference.network.design import Design, Stages
from fewclicks.methods.detect.training.losses.supervision import Losses
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.network.heads import RegionHead
from fewclicks.methods.detect.training.network.late_fusion import Levels
from fewclicks.methods.detect.training.partly.losses import (
    NO_CHANNELS,
    PartlyBatch,
    Targets,
    known_regions,
    partly_losses,
    region_losses,
)
from fewclicks.methods.detect.training.partly.maps import ReadMaps, stacked
from fewclicks.methods.shared.training.blocks import freeze_statistics, mixed_precision

BOX_WEIGHT = 0.5  # of the box loss, as for detectors with clicks
FULL_SHARE = 0.5
FREEZE_AFTER = 0.75  # progress from which on batch-norm statistics stay


@dataclass(frozen=True, slots=True)
class PartlySettings:
    """The settings of a training run.

    stages, oriented: of the detector, which takes no clicks. batch: images in a step. full_share: the share of a batch
    that is drawn from images with all their objects labelled; 0 draws from all images alike. None: half, if images with
    unsearched classes would teach little background; else 0.
    """

    stages: Stages = "one"
    oriented: bool = False
    batch: int = 8
    full_share: float | None = None
    seed: int = 0

    @property
    def design(self) -> Design:
        return Design("none", self.stages, self.oriented)


class PartlyTask:
    """Draws batches of images and trains the pyramid and the head on their cached maps."""

    def __init__(
        self,
        settings: PartlySettings,
        network: DetectNetwork,
        maps: Mapping[int, Sequence[ReadMaps]],
        images: Sequence[PartlyLabelled],
        channel_of: dict[int, int],
        device: torch.device,
    ) -> None:
        """images: at least one. maps: of each image by its number, at one or several sizes. channel_of: the channel of
        each class id.
        """
        self.settings, self.network, self.maps = settings, network, maps
        self.images = with_coordinates(images)
        self.channel_of, self.device = channel_of, device
        self.full = np.array([image.is_full for image in images])
        self.full_share = self._full_share()
        self.sizes = min(map(len, maps.values()))
        kept = 2 * self.sizes * len(images)  # of each image and its mirror image at each size
        self._targets = lru_cache(maxsize=kept)(self._new_targets)
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
        total = sum(loss * (BOX_WEIGHT if name.endswith("box") else 1.0) for name, loss in losses.items())
        return torch.as_tensor(total), {name: loss.item() for name, loss in losses.items()}

    def _full_share(self) -> float:
        if self.settings.full_share is not None:
            return self.settings.full_share
        known = set(self.channel_of)
        is_partial = any(not image.is_full and _is_unsearched(image, known) for image in self.images)
        return FULL_SHARE if is_partial else 0.0

    def _chosen(self) -> Int64[np.ndarray, "B"]:
        """Return the images of a batch: `full_share` of them are full ones if it is not 0 and there are both kinds."""
        batch, share = self.settings.batch, self.full_share
        full, partial = np.flatnonzero(self.full), np.flatnonzero(~self.full)
        if not share or not len(full) or not len(partial):
            return self.rng.choice(len(self.images), batch)
        count = round(batch * share)
        return np.concatenate([self.rng.choice(full, count), self.rng.choice(partial, batch - count)])

    def _losses(self, chosen: Int64[np.ndarray, "B"]) -> Losses:
        flips = self.rng.integers(0, 2, len(chosen)).tolist()
        size = int(self.rng.integers(self.sizes))  # one for the batch, so that no image is padded much
        maps = [self.maps[self.images[index].number][size] for index in chosen.tolist()]
        heights, widths = zip(*(each.input_hw for each in maps), strict=True)
        input_hw = (max(heights), max(widths))
        with mixed_precision(self.device):
            levels = stacked([each.levels[flip] for each, flip in zip(maps, flips, strict=True)], input_hw)
            features = self.network.pyramid.merged([level.float() for level in levels])
            fused = self.network.fuse(features, None, None)
            out = self.network.head(fused, None).float()
        drawn = zip(chosen.tolist(), flips, strict=True)
        targets = [self._targets(index, flip, size, input_hw) for index, flip in drawn]
        batch = PartlyBatch(targets, references(input_hw))
        if self.network.regions is not None:
            return self._two_stages(self.network.regions, batch, fused, out)
        logits, values = out.split([self.network.class_count, self.network.design.box_values], 2)
        return partly_losses(batch, logits, values, self.settings.oriented)

    def _two_stages(self, stage: RegionHead, batch: PartlyBatch, fused: Levels, out: Float[Tensor, "B M 5"]) -> Losses:
        objects, boxes = out.split([1, 4], 2)
        regions = known_regions(batch, objects, boxes, self.rng)
        with mixed_precision(self.device):
            answers = stage(fused, *regions.inputs(out)).float()
        logits, values = answers.split([1 + self.network.class_count, self.network.design.box_values], 1)
        first = partly_losses(batch, objects, boxes, oriented_boxes=False)
        second = region_losses(batch, regions, logits, values, self.settings.oriented)
        return {**{f"proposal {name}": loss for name, loss in first.items()}, **second}

    def _new_targets(self, index: int, flip: int, size: int, input_hw: tuple[int, int]) -> Targets:
        image = self.images[index]
        channels = np.array([self.channel_of[each] for each in image.class_ids.tolist()], np.int64)
        placed = _placed(image, self.maps[image.number][size], flip)
        return Targets.of(placed, channels, references(input_hw), self._unsearched(image))

    def _unsearched(self, image: PartlyLabelled) -> Int64[np.ndarray, "U"]:
        if image.searched is None or not image.searched:
            return NO_CHANNELS
        channels = [channel for class_id, channel in self.channel_of.items() if class_id not in image.searched]
        return np.array(channels, np.int64)


def _is_unsearched(image: PartlyLabelled, classes: set[int]) -> bool:
    return image.searched is not None and not classes <= image.searched


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

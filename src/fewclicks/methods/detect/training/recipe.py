"""How the detectors of c3det are trained: with clicks from the first step on, end to end.

A network that learns its images before its first click ignores clicks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fewclicks.datasets.boxed_images import BoxedSource
from fewclicks.datasets.masked_images import Source
from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.network.cells import NOTHING
from fewclicks.methods.detect.inference.network.design import (
    STRIDES,
    ClickCount,
    Collation,
    Correlation,
    Design,
    EarlyFusion,
    LateFusion,
    Stages,
    Uel,
    Variant,
)
from fewclicks.methods.detect.inference.network.heatmaps import heatmaps
from fewclicks.methods.detect.inference.network.runtime import ENCODER, network_info
from fewclicks.methods.detect.training.batches import Batches, Recipe, batches_from
from fewclicks.methods.detect.training.data.augment import CanvasSampler
from fewclicks.methods.detect.training.data.compositions import Composer
from fewclicks.methods.detect.training.losses.enforcing import dense_uel
from fewclicks.methods.detect.training.losses.supervision import Batch, Losses, dense_losses, proposal_losses
from fewclicks.methods.detect.training.network.c3 import collated, sampled
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.network.from_slots import from_slots, slot_skip
from fewclicks.methods.detect.training.network.late_fusion import Levels
from fewclicks.methods.detect.training.network.second_stage import draw_regions, region_losses
from fewclicks.methods.shared.training.blocks import (
    freeze_statistics,
    load_mobilenet,
    mixed_precision,
    slower_where_pretrained,
)
from fewclicks.methods.shared.training.class_names import class_names
from fewclicks.methods.shared.training.trained import is_trained, load_trained, load_trained_pyramid
from fewclicks.training.workers import default_workers

WEIGHTS = {"box": 0.5, "uel": 0.25, "proxies": 0.3}  # of the losses
UNCLICKED = 0.25  # of canvases, of fixed classes that begin as slots: clicked things they know already
COMPOSED = 0.4  # of the pairs of canvases, compositions of cut-outs if there are any


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the paper's experiments, and the other settings that a checkpoint belongs to.

    variant to sigma: those of design.py. early_fusion: the first convolution of the variant `early` is the pretrained
    one with the heatmaps added, or random and fixed, as in the published code. uel: Eq. 4, the same about classes
    alone, the published code's, or none. slots: class slots instead of the data's own classes; 0 for those.
    clicks: how many (synthesis.py). side: pixels of a canvas.
    """

    variant: Variant = "c3det"
    stages: Stages = "one"
    oriented: bool = False
    late_fusion: LateFusion = "small"
    correlation: Correlation = "cosine"
    collation: Collation = "after"
    sigma: float = 9.0
    early_fusion: EarlyFusion = "pretrained"
    uel: Uel = "code"
    slots: int = 0
    clicks: ClickCount = "share"
    side: int = 448
    batch: int = 4
    seed: int = 0

    @property
    def design(self) -> Design:
        late, correlation = self.late_fusion, self.correlation
        return Design(self.variant, self.stages, self.oriented, late, correlation, self.collation, self.sigma)

    @property
    def enforces(self) -> Uel:
        """What is enforced: the loss belongs to c3det (Sec. 5.3)."""
        return self.uel if self.variant == "c3det" else "off"


def numbered(sources: list[BoxedSource]) -> tuple[list[BoxedSource], int]:
    """The same sets with their classes numbered from 0 over all of them, and how many there are: ids mean nothing to
    class slots, so each set has classes of its own.
    """
    found, count = [], 0
    for source in sources:
        number = {old: count + new for new, old in enumerate(sorted(source.class_names))}
        count += len(number)
        images = [
            replace(image, class_ids=np.array([number[old] for old in image.class_ids.tolist()], np.int64))
            for image in source.images
        ]
        names = {number[old]: name for old, name in source.class_names.items()}
        found.append(replace(source, images=tuple(images), class_names=names))
    return found, count


class DetectTask:
    """Draws canvases, clicks in them, and trains on both."""

    def __init__(
        self,
        settings: Settings,
        sources: list[BoxedSource],
        backbone: Path,
        device: torch.device,
        cut_outs: Sequence[Source] = (),
    ) -> None:
        """`backbone`: MobileNetV2's pretrained weights, a safetensors file with torchvision's names, or the encoder
        of a trained model (NAME.encoder.onnx), or all of a detector that was trained with the same switches
        (NAME.onnx with its encoder beside it). Fixed classes may begin as class slots (from_slots.py).
        cut_outs: masks whose objects are pasted onto photos, for class slots.

        Raises InputError for settings or sources that do not go together.
        """
        if settings.side % STRIDES[-1] or settings.side <= 0:
            raise InputError(f"expected a multiple of {STRIDES[-1]}, got {settings.side}", place="--side")
        if settings.slots and settings.variant == "none":
            raise InputError(
                "class slots require clicks, which the variant 'none' does not use; use another variant or no slots"
            )
        if settings.early_fusion == "random" and settings.variant != "early":
            raise InputError(f"the variant {settings.variant!r} has no early fusion; remove --early-fusion")
        torch.manual_seed(settings.seed)
        self.settings, self.device, self.design = settings, device, settings.design
        self.channel_of: dict[int, int] = {}
        self.unclicked = 0.0
        seen = 0
        if settings.slots:
            sources, seen = numbered(sources)
        else:
            self.channel_of = dict(zip(class_names(sources), range(10**6), strict=False))
        self.network = self._network(settings.slots or len(self.channel_of), seen, backbone)
        self.network.to(device, memory_format=torch.channels_last)
        self.batches = Batches(
            Recipe(
                self.design,
                settings.batch,
                settings.slots,
                settings.clicks,
                self.channel_of,
                self.unclicked,
                COMPOSED,
                settings.seed,
            ),
            CanvasSampler(sources, settings.side, settings.oriented),
            Composer(cut_outs, settings.side) if cut_outs else None,
        )
        self.begin(0)

    def _network(self, channels: int, seen: int, start: Path) -> DetectNetwork:
        """The network, filled with what there is to start from. seen: classes of the sets of class slots."""
        is_whole, has_slots = is_trained(start) and start.with_suffix(ENCODER).exists(), self.settings.slots > 0
        if is_whole and not has_slots and (slots := network_info(start).slots):
            self.unclicked = UNCLICKED
            return from_slots(self.design, channels, slots, start)
        skip = slot_skip(start) if is_whole else "neighbourhood" if has_slots else None
        network = DetectNetwork(self.design, channels, skip, seen)
        if is_whole:
            load_trained(network, start, but=network.proxies)
            return network
        if is_trained(start):
            load_trained_pyramid(network.pyramid, start)
        else:
            load_mobilenet(network.pyramid.stages, start)
        if self.settings.early_fusion == "random":
            network.pyramid.draw_first_layer()
        return network

    def begin(self, step: int) -> None:
        """Go on with canvases that are random by the seed and `step`."""
        self.rng = np.random.default_rng([self.settings.seed, step])
        workers = default_workers() - 1 if self.device.type == "cuda" else 0
        self.upcoming = batches_from(step, self.batches, workers)

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return slower_where_pretrained(self.network, rate)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        if progress > 0.75:
            freeze_statistics(self.network)
        batch = next(self.upcoming)
        losses = self._losses(batch)
        total = sum(loss * WEIGHTS.get(name, 1.0) for name, loss in losses.items())
        return torch.as_tensor(total), {name: loss.item() for name, loss in losses.items()}

    def _losses(self, batch: Batch) -> Losses:
        with mixed_precision(self.device):
            features = self._features(batch)
            fused, c3 = self._fused(batch, features)
            out = self.network.head(fused, c3).float()
        about_features = self._proxy_loss(batch, features)
        if self.network.regions is None:
            logits, values = out.split([self.network.class_count, self.design.box_values], 2)
            losses = dense_losses(batch, logits, values)
            if self.settings.enforces != "off":
                losses["uel"] = dense_uel(batch, self.settings.enforces, logits, values)
            return losses | about_features
        objects, boxes = out.split([1, 4], 2)
        regions = draw_regions(batch, objects, boxes, self.rng)
        with mixed_precision(self.device):
            answers = self.network.regions(fused, *regions.inputs(out)).float()
        logits, values = answers.split([1 + self.network.class_count, self.design.box_values], 1)
        second = region_losses(batch, self.settings.enforces, regions, logits, values)
        return {**proposal_losses(batch, objects, boxes), **second, **about_features}

    def _proxy_loss(self, batch: Batch, features: Levels) -> Losses:
        """Class slots learn features by the classes of all objects; nothing otherwise."""
        if self.network.proxies is None:
            return {}
        image, cell = np.nonzero(batch.assigned != NOTHING)
        which = zip(image.tolist(), batch.assigned[image, cell].tolist(), strict=True)
        classes = np.array([batch.canvases[i].class_ids[k] for i, k in which], np.int64)
        known = classes >= 0  # kinds of cut-outs have no proxies
        return {
            "proxies": self.network.proxies(features, *(self._tensor(each[known]) for each in (image, cell, classes)))
        }

    def _features(self, batch: Batch) -> Levels:
        """F_I of the canvases."""
        rgb = self._tensor(np.stack([canvas.rgb for canvas in batch.canvases])).permute(0, 3, 1, 2).float()
        return self.network.pyramid(rgb, self._heat(batch) if self.design.variant == "early" else None)

    def _fused(self, batch: Batch, features: Levels) -> tuple[Levels, Levels | None]:
        """The fused maps of the canvases, and F_C3."""
        heat = self._heat(batch) if self.design.fuses_late else None
        network, asked = self.network, batch.questions
        c3 = None
        if self.design.correlates:
            target, source, channel = asked.rows.T
            templates = sampled(features, self._tensor(source), self._tensor(asked.places.astype(np.float32)))
            count = network.class_count
            c3 = collated(features, templates, target.tolist(), channel.tolist(), self.design, count)
        return network.fuse(features, c3, network.late_part(heat)), c3

    def _heat(self, batch: Batch) -> Float[Tensor, "B C h w"]:
        asked, size = batch.questions, (self.settings.side, self.settings.side)
        maps = [
            heatmaps(
                points, channels[clicked], self.network.class_count, size, self.design.heat_stride, self.design.sigma
            )
            for points, channels, clicked in zip(asked.points, asked.channels, asked.clicked, strict=True)
        ]
        return self._tensor(np.stack(maps))

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

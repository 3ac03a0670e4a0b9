"""Detectors that are trained again and again on the same images, and their answers with a feature for each box."""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor

from fewclicks.answers import BoxesAnswer
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.answering import (
    best_cells,
    candidates,
    proposed_regions,
    sigmoid,
    softmax,
    without_duplicates,
)
from fewclicks.methods.detect.inference.network.box_coding import decode
from fewclicks.methods.detect.inference.network.cells import level_of, references
from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES
from fewclicks.methods.detect.inference.network.regions import on_level, rows, squares
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.network.late_fusion import Levels
from fewclicks.methods.detect.training.partly.maps import ReadMaps, network_from, pooled, read_maps, scale_for
from fewclicks.methods.detect.training.partly.recipe import PartlySettings, PartlyTask
from fewclicks.methods.detect.training.partly.sizes import SIZES, are_varied
from fewclicks.methods.shared.training.blocks import mixed_precision
from fewclicks.training.loop import Budget, Watch, device, run, tune_process

RATE, WARM_UP = 3e-3, 20  # of AdamW, and in steps: a run has a few hundred steps on frozen maps
MOST_PIXELS = 1e8  # of all inputs of a training run at the usual size; with more, maps at other sizes fill the memory
FEATURES = 2 * CHANNELS  # values of a box's feature, of one stage


class PartlyDetector:
    """A detector's trunk and its maps of all images, on which detectors are trained and answer."""

    def __init__(
        self,
        images: Sequence[BoxedImage],
        classes: Mapping[int, str],
        settings: PartlySettings,
        steps: int,
        side: int | None,
        start: Path,
        advance: Callable[[], None] = lambda: None,
    ) -> None:
        """Read all images once. classes: those that the detectors know, by id. side: of the input, in pixels; None: as
        opened versions read images (`read_maps`).

        start: what each training begins from, see `network_from`. advance: called after each image.
        Raises InputError for an image or a start that cannot be read.
        """
        tune_process()
        self._images = images
        self.settings, self.steps, self.sizes = settings, steps, [image.size_hw for image in images]
        self.channel_of = {class_id: channel for channel, class_id in enumerate(sorted(classes))}
        self.device = device()
        self._start = start
        self._reading = network_from(start, settings.design, len(classes)).to(self.device).pyramid
        self._stages = self._reading.stages
        self.maps: list[ReadMaps] = []
        self._resized: dict[int, tuple[ReadMaps, ...]] = {}
        for image in images:
            self.maps.append(read_maps(self._reading, image, scale_for(image.size_hw, side), self.device))
            advance()

    @property
    def class_ids(self) -> Sequence[int]:
        """The ids of the classes, in ascending order."""
        return list(self.channel_of)

    def learn(
        self,
        images: Sequence[PartlyLabelled],
        seed: int,
        start: "Trained | None" = None,
        watch: Watch = lambda *_: None,
        folder: Path | None = None,
    ) -> "Trained":
        """Train a detector on `images`, from nothing or from a trained one.

        folder: for the checkpoint, from which an interrupted run goes on; None: the run starts from its beginning.
        Raises InputError when no image has a labelled box, or for a class that the detector does not know.
        """
        self._check(images)
        torch.manual_seed(seed)
        network = self._network() if start is None else deepcopy(start.network)
        settings = replace(self.settings, seed=seed)
        task = PartlyTask(settings, network, self.training_maps(images), images, self.channel_of, self.device)
        with tempfile.TemporaryDirectory(prefix="fewclicks-") as temporary:
            run(task, folder or Path(temporary), Budget(self.steps), RATE, watch, WARM_UP)
        return Trained(self, network)

    def training_maps(
        self, images: Sequence[PartlyLabelled], advance: Callable[[], None] = lambda: None
    ) -> dict[int, tuple[ReadMaps, ...]]:
        """Return the maps that training draws from, by the number of the image: at one size or several (sizes.py).

        They are kept for the next training run. advance: called after each image. Raises InputError.
        """
        pixels = sum(math.prod(self.maps[image.number].input_hw) for image in images)
        several, found = pixels <= MOST_PIXELS and are_varied(images), {}
        for number in (image.number for image in images):
            found[number] = (self.maps[number], *(self._at_other_sizes(number) if several else ()))
            advance()
        return found

    def _at_other_sizes(self, number: int) -> tuple[ReadMaps, ...]:
        if number not in self._resized:
            image, scale = self._images[number], self.maps[number].scale
            self._resized[number] = tuple(read_maps(self._reading, image, scale * size, self.device) for size in SIZES)
        return self._resized[number]

    def image_feature(self, number: int) -> Float32[np.ndarray, "D"]:
        """Return the trunk's pooled feature of image `number`."""
        return pooled(self.maps[number])

    def _network(self) -> DetectNetwork:
        """Return the start of a training run; all share the frozen MobileNetV2."""
        network = network_from(self._start, self.settings.design, len(self.channel_of))
        network.pyramid.stages = self._stages
        return network.to(self.device, memory_format=torch.channels_last)

    def _check(self, images: Sequence[PartlyLabelled]) -> None:
        if not any(len(image.boxes) for image in images):
            raise InputError("no labelled box to train on; label some objects first")
        unknown = sorted({each for image in images for each in image.class_ids.tolist()} - set(self.channel_of))
        if unknown:
            known = ", ".join(map(str, sorted(self.channel_of)))
            raise InputError(f"the detector has no class {unknown[0]}; its classes are {known}")


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained detector, which answers about the images of `detector`."""

    detector: PartlyDetector
    network: DetectNetwork

    def answer(self, number: int, lowest_score: float) -> BoxesAnswer:
        """Return the boxes of image `number` with a confidence of at least `lowest_score`, each with its feature."""
        maps, design = self.detector.maps[number], self.network.design
        with torch.inference_mode(), mixed_precision(self.detector.device):
            features = self.network.pyramid.merged([level.float() for level in maps.levels[0]])
            fused = self.network.fuse(features, None, None)
            hidden = self.network.head.hidden(fused)
            cells = self.network.head.answer(hidden, None)[0].float().cpu().numpy()
            boxes, scores = self._boxes(cells, fused, references(maps.input_hw), lowest_score)
            class_of = {channel: class_id for class_id, channel in self.detector.channel_of.items()}
            size_hw = self.detector.sizes[number]
            found = candidates(boxes, scores, class_of, size_hw, maps.scale, lowest_score, design.oriented)
            answer = without_duplicates([found], design.oriented)
            read = answer.boxes * ([maps.scale] * 4 + [1.0])
            return replace(answer, features=self._features(read, hidden, fused))

    def _boxes(
        self, cells: Float32[np.ndarray, "M V"], fused: Levels, at: Float64[np.ndarray, "M 3"], lowest_score: float
    ) -> tuple[Float64[np.ndarray, "N 5"], Float64[np.ndarray, "N C"]]:
        """Return boxes in pixels of the input, and the scores of each."""
        design, split = self.network.design, self.network.design.box_values
        if self.network.regions is None:
            best = best_cells(cells[:, :-split], lowest_score)
            return decode(cells[best, -split:], at[best], design.oriented), sigmoid(cells[best, :-split])
        regions = proposed_regions(cells, at)
        answers = self.network.regions.answer(self._described(regions, fused)).float().cpu().numpy()
        return decode(answers[:, -split:], regions, design.oriented), softmax(answers[:, :-split])[:, 1:]

    def _features(self, boxes: Float64[np.ndarray, "N 5"], hidden: Levels, fused: Levels) -> Float32[np.ndarray, "N F"]:
        """Return the feature of each box, in pixels of the input: of two stages the second hidden layer (FC2)."""
        if self.network.regions is None:
            return features_at(boxes, hidden, fused)
        return self._described(squares(boxes), fused).float().cpu().numpy()

    def _described(self, regions: Float64[np.ndarray, "R 3"], fused: Levels) -> Float[Tensor, "R D"]:
        assert self.network.regions is not None
        inputs = (torch.from_numpy(each).to(self.detector.device) for each in (rows(regions, 0), on_level(regions)))
        return self.network.regions.describe(fused, *inputs)


def features_at(boxes: Float64[np.ndarray, "N 5"], hidden: Levels, fused: Levels) -> Float32[np.ndarray, "N F"]:
    """Return for each box, in pixels of the input, the hidden and the fused maps of its level at its centre."""
    found = np.zeros((len(boxes), FEATURES), np.float32)
    levels = level_of(boxes)
    for number, stride in enumerate(STRIDES):
        own = np.flatnonzero(levels == number)
        limit = np.array(hidden[number].shape[:1:-1]) - 1
        x, y = np.clip(boxes[own, :2] // stride, 0, limit).astype(np.int64).T
        found[own] = np.concatenate([_columns(maps[number], x, y) for maps in (hidden, fused)], axis=1)
    return found


def _columns(level: Tensor, x: np.ndarray, y: np.ndarray) -> Float32[np.ndarray, "K D"]:
    return level[0][:, torch.from_numpy(y), torch.from_numpy(x)].float().cpu().numpy().T

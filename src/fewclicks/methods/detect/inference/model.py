"""`detect` with one network: clicks with classes give boxes of all objects. ONNX Runtime, no torch.

The image is read once. A click costs its correlation with the image, the late fusion network and the head.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import ModelError
from fewclicks.images.source import ImageSource, check_rgb, read_region, size_of
from fewclicks.methods.detect.inference.answering import boxes_and_scores, candidates, without_duplicates
from fewclicks.methods.detect.inference.extents import Extents, fitted, lowest_before
from fewclicks.methods.detect.inference.network.cells import references
from fewclicks.methods.detect.inference.network.correlation import (
    Templates,
    by_class,
    collated,
    joined,
    maximum,
    sampled,
)
from fewclicks.methods.detect.inference.network.heatmaps import heatmaps
from fewclicks.methods.detect.inference.network.runtime import Maps, NetworkInfo, Runtime
from fewclicks.methods.detect.inference.prompts import (
    Shown,
    checked,
    class_ids,
    examples_of,
    points,
    same_examples,
    templates_of,
)
from fewclicks.methods.detect.inference.reading import is_read_in_parts, read_at, reading_scale
from fewclicks.methods.spec import Files
from fewclicks.model import COMPLETE, LOWEST_SCORE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Example, Prompt, Prompts

Collated = Mapping[int, Float32[np.ndarray, "M"]]


@dataclass(frozen=True, slots=True, eq=False)
class ReadImage:
    """An image as the encoder reads it: its maps, or, where clicks are drawn into the image, its pixels."""

    features: Maps
    base: Maps
    rgb: UInt8[np.ndarray, "H W 3"] | None
    size_hw: tuple[int, int]
    scale: float

    @property
    def nbytes(self) -> int:
        maps = sum(level.nbytes for level in (*self.features, *self.base))
        return maps + (0 if self.rgb is None else self.rgb.nbytes)


@dataclass(frozen=True, slots=True, eq=False)
class Correlated:
    """The correlation maps of prompts and examples, by class: further prompts are correlated alone (Eq. 3)."""

    shown: tuple[Shown, ...]
    examples: tuple[Example, ...]
    maps: Collated

    def is_start_of(self, shown: tuple[Shown, ...], examples: tuple[Example, ...]) -> bool:
        """Whether the maps are those of these examples and of these prompts or the first of them."""
        return shown[: len(self.shown)] == self.shown and same_examples(self.examples, examples)

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.maps.values()) + sum(each.nbytes for each in self.examples)


class DetectModel(Model[ReadImage, BoxesAnswer, Correlated]):
    """c3det for one version: a model that knows its classes, or one with class slots."""

    def __init__(self, files: Files, threads: int = 0) -> None:
        """Load the files of a version; `threads` 0 uses all cores. Raises InputError."""
        self._runtime = Runtime(files, threads)
        self.network: NetworkInfo = self._runtime.network
        self._info = _info_of(self.network)

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[ReadImage]:
        """See `Model.encode`."""
        return self.encode_at(image, 1.0)

    def encode_at(self, image: ImageSource, scale: float) -> Encoding[ReadImage]:
        """Read the image at `scale` times the size at which `encode` reads it."""
        pixels = pixels_of(image)
        size_hw = size_of(pixels)
        scale *= reading_scale(size_hw)
        rgb = read_at(pixels, scale)
        if self.network.design.variant == "early":
            read = ReadImage([], [], rgb, size_of(rgb), scale)
        else:
            read = ReadImage(*self._runtime.encode(rgb), None, size_of(rgb), scale)
        return Encoding(size_hw, read, read.nbytes)

    def respond(
        self,
        encoding: Encoding[ReadImage],
        prompts: Prompts,
        previous: Response[BoxesAnswer, Correlated] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, Correlated]:
        """Find all objects of the classes that the model knows, or that prompts and examples ask for.

        The centre of a box counts as a click.
        """
        return self.respond_in_size(encoding, prompts, {}, previous, options)

    def respond_in_size(
        self,
        encoding: Encoding[ReadImage],
        prompts: Prompts,
        extents: Extents,
        previous: Response[BoxesAnswer, Correlated] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, Correlated]:
        """Find all objects, preferring those of about the known extents of their class."""
        shown = checked(prompts.all, encoding.size_hw, self.info)
        templates = templates_of(prompts.examples, self.info)
        memo = self._correlated(encoding.data, shown, prompts.examples, previous.memo if previous else None)
        lowest = min(options.lowest_score, LOWEST_SCORE)
        lowest = lowest_before(lowest) if extents else lowest
        found = []
        for channel_of in self._asked(shown, templates):
            boxes, scores = self._answer(encoding.data, shown, channel_of, memo.maps, lowest)
            class_of = {channel: class_id for class_id, channel in channel_of.items()}
            oriented, scale = self.network.design.oriented, encoding.data.scale
            every = candidates(boxes, scores, class_of, encoding.size_hw, scale, lowest, oriented)
            found.append(fitted(every, extents))
        every = without_duplicates(found, self.network.design.oriented)
        answer = every.where(every.scores >= options.lowest_score)
        if options.features:
            answer = replace(answer, features=_box_features(encoding.data, answer))
        return Response(answer, memo, nbytes=answer.nbytes + memo.nbytes)

    def examples(self, encoding: Encoding[ReadImage], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """Return the features at each click or centre of a box; none from a model that does not correlate."""
        shown = checked(prompts, encoding.size_hw, self.info)
        if not self.network.design.correlates:
            return ()
        return examples_of(shown, sampled(encoding.data.features, points(shown, encoding.data.scale)), self.info)

    def _asked(self, shown: Sequence[Shown], templates: Templates) -> Iterator[dict[int, int]]:
        """Yield the channels of classes, of as many classes at once as the network has channels."""
        if not self.network.slots:
            yield {class_id: channel for channel, class_id in enumerate(self.network.class_ids)}
            return
        classes = sorted({*class_ids(shown), *templates})
        for start in range(0, len(classes), self.network.slots):
            yield {class_id: slot for slot, class_id in enumerate(classes[start : start + self.network.slots])}

    def _correlated(
        self,
        read: ReadImage,
        shown: tuple[Shown, ...],
        examples: tuple[Example, ...],
        start: Correlated | None,
    ) -> Correlated:
        """Return F_C3 by class, from `start` where that is about the first of the prompts and the same examples."""
        design = self.network.design
        if not design.correlates:
            return Correlated(shown, examples, {})
        if design.collation == "before":  # the mean of some templates does not lead to the mean of all
            every = joined(templates_of(examples, self.info), _templates(read, shown))
            return Correlated(shown, examples, collated(read.features, every, design.correlation, "before"))
        if start is None or not start.is_start_of(shown, examples):
            maps = collated(read.features, templates_of(examples, self.info), design.correlation, "after")
            start = Correlated((), examples, maps)
        new = _templates(read, shown[len(start.shown) :])
        maps = maximum(start.maps, collated(read.features, new, design.correlation, "after"))
        return Correlated(shown, examples, maps)

    def _answer(
        self,
        read: ReadImage,
        shown: Sequence[Shown],
        channel_of: Mapping[int, int],
        maps: Collated,
        lowest_score: float,
    ) -> tuple[Float64[np.ndarray, "N 5"], Float64[np.ndarray, "N C"]]:
        """Return boxes in pixels of the network's input, and scores for each channel."""
        design = self.network.design
        heat = self._heat(read, shown, channel_of)
        c3 = self._c3(read, channel_of, maps)
        early = design.variant == "early"
        base = self._runtime.encode(read.rgb, heat)[1] if early and read.rgb is not None else read.base
        cells, fused = self._runtime.cells(base, c3, None if early else heat, read.size_hw)
        channels = list(channel_of.values())
        return boxes_and_scores(self._runtime, cells, fused, read.size_hw, channels, lowest_score)

    def _heat(
        self, read: ReadImage, shown: Sequence[Shown], channel_of: Mapping[int, int]
    ) -> Float32[np.ndarray, "C h w"] | None:
        design = self.network.design
        if not design.heat_stride:
            return None
        own = [each for each in shown if each.class_id in channel_of]
        channels = np.array([channel_of[class_id] for class_id in class_ids(own)], np.int64)
        size = (self.network.channels, read.size_hw, design.heat_stride, design.sigma)
        return heatmaps(points(own, read.scale), channels, *size)

    def _c3(self, read: ReadImage, channel_of: Mapping[int, int], maps: Collated) -> Float32[np.ndarray, "C M"] | None:
        if not self.network.design.correlates:
            return None
        c3 = np.zeros((self.network.channels, len(references(read.size_hw))), np.float32)
        for class_id, channel in channel_of.items():
            if class_id in maps:
                c3[channel] = maps[class_id]
        return c3


def _box_features(read: ReadImage, answer: BoxesAnswer) -> Float32[np.ndarray, "N D"] | None:
    """Return the encoder's maps at the centre of each box; None where clicks are drawn into the image."""
    maps = read.features or read.base
    return sampled(maps, answer.boxes[:, :2] * read.scale).astype(np.float32) if maps else None


def _templates(read: ReadImage, shown: Sequence[Shown]) -> Templates:
    return by_class(sampled(read.features, points(shown, read.scale)), class_ids(shown))


def _info_of(network: NetworkInfo) -> ModelInfo:
    classes = dict(zip(network.class_ids, network.class_names, strict=True))
    design = asdict(network.design)
    details = {"variant": network.design.variant, "slots": network.slots, "read_once": True, "design": design}
    return ModelInfo("detect", "detect", network.weights, classes, details)


def pixels_of(image: ImageSource) -> UInt8[np.ndarray, "H W 3"]:
    """Return the whole image. Raises InputError unless it is RGB of 8 bits, ModelError when it is too large."""
    if not isinstance(image, np.ndarray):
        height, width = image.size_hw
        if is_read_in_parts(image.size_hw):
            raise ModelError(f"the image of {width}x{height} pixels is too large; use a smaller one")
        return read_region(image, (0, 0, width, height))
    check_rgb(image)
    return image

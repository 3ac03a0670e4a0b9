"""`detect` at run time: clicks with classes give boxes of all objects. ONNX Runtime, no torch.

The image is read once. A click costs its correlation with the image, the late fusion network and the head.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.answering import best_of, boxes_and_scores, detections
from fewclicks.methods.detect.inference.cells import references
from fewclicks.methods.detect.inference.correlation import collated, joined, maximum, templates_of
from fewclicks.methods.detect.inference.detections import Detections, Templates, all_of, same_templates
from fewclicks.methods.detect.inference.prompts import check_clicks, heatmaps, points
from fewclicks.methods.detect.inference.reading import read_at, reading_scale
from fewclicks.methods.detect.inference.runtime import Maps, Runtime
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick

Collated = Mapping[int, Float32[np.ndarray, "M"]]


@dataclass(frozen=True)
class ReadImage:
    """An image as the encoder reads it: its maps, or, where clicks are drawn into the image, its pixels."""

    features: Maps
    base: Maps
    rgb: UInt8[np.ndarray, "H W 3"] | None
    size_hw: tuple[int, int]
    scale: float

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in (*self.features, *self.base)) + (
            0 if self.rgb is None else self.rgb.nbytes
        )


@dataclass(frozen=True)
class Kept:
    """The correlation maps of clicks and templates, by class: further clicks are correlated alone (Eq. 3)."""

    clicks: tuple[ClassClick, ...]
    templates: Templates
    maps: Collated

    def is_begin_of(self, clicks: tuple[ClassClick, ...], templates: Templates) -> bool:
        """Whether these clicks, or the first of them, and these templates are what it knows."""
        return clicks[: len(self.clicks)] == self.clicks and same_templates(self.templates, templates)


class DetectAssist:
    """c3det for one set of weights: a model that knows its classes, or one of class slots."""

    name = "detect"

    def __init__(self, model: Path, threads: int = 0) -> None:
        """Load `model` (ONNX) and the files beside it; `threads` 0 uses all cores. Raises InputError."""
        self._runtime = Runtime(model, threads)
        self.traits = self._runtime.traits
        self.weights = self.traits.weights

    @property
    def class_names(self) -> dict[int, str]:
        """The classes that the model knows by their ids; none where only clicks tell."""
        return dict(zip(self.traits.class_ids, self.traits.class_names, strict=True))

    def encode(self, image: UInt8[np.ndarray, "H W 3"], scale: float = 1.0) -> Encoding:
        """Read an RGB image once, at `scale` times the size that its own asks for. The image is not modified."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
            raise InputError(f"expected an RGB image [H, W, 3] of uint8, got {image.dtype} {list(image.shape)}")
        size_hw = (image.shape[0], image.shape[1])
        scale *= reading_scale(size_hw)
        rgb = read_at(image, scale)
        read_hw = (rgb.shape[0], rgb.shape[1])
        if self.traits.design.variant == "early":
            read = ReadImage([], [], rgb, read_hw, scale)
        else:
            read = ReadImage(*self._runtime.encode(rgb), None, read_hw, scale)
        return Encoding(size_hw, read, read.nbytes)

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        """All objects of the classes that the model knows or that clicks and templates ask for (detections.py).

        Raises InputError for a click outside the image, and for a class that the model does not know.
        """
        check_clicks(clicks, encoding.size_hw, self.class_names or None)
        read: ReadImage = encoding.data
        templates = {} if templates is None else templates
        known = self._correlated(read, clicks, templates, previous)
        found = []
        for channel_of in self._asked(clicks, templates):
            channels = {channel: class_id for class_id, channel in channel_of.items()}
            boxes, scores = self._answer(read, clicks, channel_of, known.maps)
            found.append(detections(boxes, scores, channels, encoding.size_hw, read.scale))
        return replace(best_of(all_of(found), self.traits.design.oriented), kept=known)

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """What objects of each class look like where they were clicked; nothing for a model that does not correlate.

        Raises InputError as `respond` does.
        """
        check_clicks(clicks, encoding.size_hw, self.class_names or None)
        if not self.traits.design.correlates:
            return {}
        return templates_of(encoding.data.features, clicks, encoding.data.scale)

    def _asked(self, clicks: Sequence[ClassClick], templates: Templates) -> Iterator[dict[int, int]]:
        """The channels of classes, of as many at once as the model has."""
        if not self.traits.slots:
            yield {class_id: channel for channel, class_id in enumerate(self.traits.class_ids)}
            return
        classes = sorted({click.class_id for click in clicks} | set(templates))
        for start in range(0, len(classes), self.traits.slots):
            yield {class_id: slot for slot, class_id in enumerate(classes[start : start + self.traits.slots])}

    def _correlated(
        self, read: ReadImage, clicks: Sequence[ClassClick], templates: Templates, previous: Detections | None
    ) -> Kept:
        """F_C3 by class; what `previous` kept is not computed again, where it is the same up to there."""
        design, everything = self.traits.design, tuple(clicks)
        if not design.correlates:
            return Kept(everything, templates, {})
        if design.collation == "before":  # what is known of some templates says nothing of the mean of all
            every = joined(templates, templates_of(read.features, everything, read.scale))
            return Kept(everything, templates, collated(read.features, every, design.correlation, "before"))
        start = previous.kept if previous is not None else None
        if not (isinstance(start, Kept) and start.is_begin_of(everything, templates)):
            start = Kept((), templates, collated(read.features, templates, design.correlation, "after"))
        new = templates_of(read.features, everything[len(start.clicks) :], read.scale)
        maps = maximum(start.maps, collated(read.features, new, design.correlation, "after"))
        return Kept(everything, templates, maps)

    def _answer(
        self, read: ReadImage, clicks: Sequence[ClassClick], channel_of: Mapping[int, int], maps: Collated
    ) -> tuple[np.ndarray, np.ndarray]:
        """Boxes in pixels of the network's input, and scores for each channel."""
        design, own = self.traits.design, [click for click in clicks if click.class_id in channel_of]
        heat = c3 = None
        if design.heat_stride:
            channels = np.array([channel_of[click.class_id] for click in own], np.int64)
            size = (self.traits.channels, read.size_hw, design.heat_stride, design.sigma)
            heat = heatmaps(points(own, read.scale), channels, *size)
        if design.correlates:
            c3 = np.zeros((self.traits.channels, len(references(read.size_hw))), np.float32)
            for class_id, channel in channel_of.items():
                if class_id in maps:
                    c3[channel] = maps[class_id]
        early = design.variant == "early"
        base = self._runtime.encode(read.rgb, heat)[1] if early and read.rgb is not None else read.base
        cells, fused = self._runtime.cells(base, c3, None if early else heat, read.size_hw)
        return boxes_and_scores(self._runtime, cells, fused, read.size_hw, list(channel_of.values()))

"""The eight-bit copy of the network that answers clicks.

`python -m fewclicks.methods.detect.training.eight_bits WEIGHTS --data PATH` makes it for a version.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource, read_boxes
from fewclicks.methods.detect.inference.model import DetectModel
from fewclicks.methods.detect.inference.network.runtime import Maps, Runtime, files_beside
from fewclicks.methods.shared.training.eight_bits import command, evenly
from fewclicks.prompts import ClassClick, Prompts
from fewclicks.training.quantize import quantize

IMAGES = 36  # of all data sets together, whose activations set the ranges
CLICKS = 3  # on each of them
ONLY = ("network.late.down.", "network.head.trunk.")  # most of the time of a click; the rest stays in single precision


class _Recording(Runtime):
    """A runtime that records what the head reads."""

    def __init__(self, weights: Path) -> None:
        super().__init__(files_beside(weights), threads=0)
        self.feeds: list[dict[str, np.ndarray]] = []

    def head_feeds(
        self,
        base: Maps,
        c3: Float32[np.ndarray, "C M"] | None,
        heat: Float32[np.ndarray, "C h w"] | None,
        size_hw: tuple[int, int],
    ) -> dict[str, np.ndarray]:
        feeds = super().head_feeds(base, c3, heat, size_hw)
        self.feeds.append(feeds)
        return feeds


class _Recorded(DetectModel):
    """A model whose runtime records."""

    def __init__(self, weights: Path) -> None:
        super().__init__(files_beside(weights))
        self.recording = self._runtime = _Recording(weights)


def copy_head(weights: Path, sources: Sequence[BoxedSource]) -> bool:
    """Write NAME.int8.onnx beside NAME.onnx.

    Returns False, and writes none, if its answers would differ, or if the network has a second stage.
    """
    model, rng = _Recorded(weights), np.random.default_rng(0)
    if model.network.design.stages == "two":
        return False
    for source in sources:
        for image in evenly(source.images, max(1, IMAGES // len(sources))):
            _click(model, image, rng)
    return quantize(weights, model.recording.feeds, only=ONLY) is not None


def _click(model: DetectModel, image: BoxedImage, rng: np.random.Generator) -> None:
    """Answer clicks on some objects of the image."""
    chosen = rng.permutation(len(image.boxes))[:CLICKS]
    centres, classes = image.boxes[chosen, :2].tolist(), image.class_ids[chosen].tolist()
    clicks = [ClassClick(x, y, class_id) for (x, y), class_id in zip(centres, classes, strict=True)]
    model.respond(model.encode(image.pixels()), Prompts.of(*clicks))


def _copy(weights: Path, data: Sequence[str]) -> bool:
    return copy_head(weights, [read_boxes(spec) for spec in data])


if __name__ == "__main__":
    command("fewclicks.methods.detect.training.eight_bits", _copy)

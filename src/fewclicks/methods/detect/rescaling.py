"""Class slots on objects larger than those they learnt from: the image is read once more, at a smaller scale.

Not in c3det, whose objects are tiny throughout. How large the objects are tell the boxes that a first reading finds
where somebody clicked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, UInt8

from fewclicks.geometry.oriented import area
from fewclicks.interactions import ClassClick
from fewclicks.methods.detect.assist import DetectAssist
from fewclicks.methods.detect.detections import Detections, Templates
from fewclicks.methods.detect.passthrough import contains
from fewclicks.methods.detect.prompts import points
from fewclicks.methods.protocol import Encoding

LARGE = 40.0  # pixels of the network's input, root of a box's area: beyond it an image is read again
AIM = 20.0  # so long are boxes to be then; large ones are found in parts at first, and are larger than they seem
SMALLEST = 0.25
STEPS = 2  # scales an octave: another click seldom asks for another reading


@dataclass(frozen=True)
class Readable:
    """An image with its first reading."""

    image: UInt8[np.ndarray, "H W 3"]
    first: Encoding


@dataclass(frozen=True)
class Again:
    """A second reading, at `scale` times the size of the first, and what it answered."""

    scale: float
    encoding: Encoding
    found: Detections | None = None


@dataclass(frozen=True)
class Kept:
    """What further clicks go on from: the first reading's answer, and the second reading if there is one."""

    first: Detections | None = None
    again: Again | None = None


class RescalingDetector:
    """A model of class slots that reads an image again when what was clicked is large.

    A row of its templates has those of both readings side by side, and the logarithm of the second one's scale, so that
    an image without a click is read as those were that its templates come from.
    """

    def __init__(self, assist: DetectAssist) -> None:
        self._assist = assist
        self.name, self.weights, self.traits = assist.name, assist.weights, assist.traits

    @property
    def class_names(self) -> Mapping[int, str]:
        return self._assist.class_names

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        """Read an RGB image as it is. The image is kept, and not modified."""
        first = self._assist.encode(image)
        return Encoding(first.size_hw, Readable(image, first), first.nbytes + image.nbytes)

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        """See `Detector.respond`. Where there is a second reading, all boxes are its own."""
        readable: Readable = encoding.data
        kept = previous.kept if previous is not None and isinstance(previous.kept, Kept) else Kept()
        rows, smaller_rows, scales = _split(templates or {})
        first = self._assist.respond(readable.first, clicks, kept.first, rows)
        lengths = _clicked_lengths(first, clicks) * readable.first.data.scale
        scale = _scale_for(lengths) if len(lengths) else _on_grid(scales)
        if scale == 1:
            return replace(first, kept=Kept(first))
        again = kept.again
        if again is None or again.scale != scale:
            again = Again(scale, self._assist.encode(readable.image, scale))
        found = self._assist.respond(again.encoding, clicks, again.found, smaller_rows)
        return replace(found, kept=Kept(first, replace(again, found=found)))

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """See `Detector.templates`."""
        readable: Readable = encoding.data
        rows = self._assist.templates(readable.first, clicks)
        again: Again | None = self.respond(encoding, clicks).kept.again
        smaller_rows = rows if again is None else self._assist.templates(again.encoding, clicks)
        scale_log2 = np.float32(0 if again is None else np.log2(again.scale))
        return {
            class_id: np.column_stack([own, smaller_rows[class_id], np.full(len(own), scale_log2)])
            for class_id, own in rows.items()
        }


def _clicked_lengths(found: Detections, clicks: Sequence[ClassClick]) -> Float[np.ndarray, "K"]:
    """Of the best box of a click's class that the click is in, the root of its area, in pixels of the image."""
    if len(found) == 0:
        return np.zeros(0)
    at = points(clicks)
    classes = np.array([click.class_id for click in clicks], int)
    hit = contains(found.boxes, at[:, :1], at[:, 1:]) & (found.class_ids == classes[:, None])
    return np.sqrt(area(found.boxes[hit.argmax(1)[hit.any(1)]]))


def _scale_for(lengths: Float[np.ndarray, "K"]) -> float:
    """The scale to read at when objects are so long at the first one."""
    length = np.exp(np.log(np.maximum(lengths, 1)).mean())
    return _on_grid(np.log2([AIM / length])) if length >= LARGE else 1.0


def _on_grid(scales_log2: Float[np.ndarray, "K"]) -> float:
    """The mean of scales, 1 without any."""
    mean = scales_log2.mean() if len(scales_log2) else 0.0
    return float(np.clip(2 ** (np.rint(mean * STEPS) / STEPS), SMALLEST, 1))


def _split(templates: Templates) -> tuple[Templates, Templates, Float[np.ndarray, "K"]]:
    """Rows for the first and for the second reading, and the scales (log2) of the latter."""
    first, second, scales = {}, {}, [np.zeros(0)]
    for class_id, rows in templates.items():
        first[class_id], second[class_id] = np.split(rows[:, :-1], 2, axis=1)
        scales.append(rows[:, -1])
    return first, second, np.concatenate(scales)

"""Class slots on objects larger than those they learnt from: the image is read at a smaller scale, too.

Not in c3det, whose objects are tiny throughout. How large the objects are tell the boxes that a first reading finds
where somebody clicked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

from fewclicks.geometry.oriented import area
from fewclicks.methods.detect.inference.answering import best_of
from fewclicks.methods.detect.inference.assist import DetectAssist
from fewclicks.methods.detect.inference.detections import Detections, Templates, all_of
from fewclicks.methods.detect.inference.passthrough import contains
from fewclicks.methods.detect.inference.prompts import points
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick

SCALES = (1.0, 0.5, 0.25)  # of the readings
LONG = 24.0  # pixels, root of a box's area: the smallest scale at which what was clicked is as long is read, too
SHORTEST = 7.0  # so long are the objects of a class at least in a reading that answers for it
FURTHER_SHARE = sum(scale**2 for scale in SCALES[1:])  # of a first reading's memory that the further ones take

Lengths = Float[np.ndarray, "_"]


@dataclass(frozen=True)
class Readable:
    """An image and its readings by their scales, of which the first is 1; further ones come when they are asked for."""

    image: UInt8[np.ndarray, "H W 3"]
    readings: dict[float, Encoding]


@dataclass(frozen=True)
class Kept:
    """What further clicks go on from: the answer of each reading by its scale."""

    answers: Mapping[float, Detections]


class PyramidDetector:
    """A model of class slots that reads an image again, at a smaller scale, when objects are large.

    A row of its templates has those of all readings, and the length of what was clicked in pixels of the first one, so
    that an image without a click is read as those were that its templates come from.
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
        nbytes = int(first.nbytes * (1 + FURTHER_SHARE)) + image.nbytes
        return Encoding(first.size_hw, Readable(image, {1.0: first}), nbytes)

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        """See `Detector.respond`. Every reading is asked about all classes, for they tell each other apart."""
        readable: Readable = encoding.data
        kept = previous.kept.answers if previous is not None and isinstance(previous.kept, Kept) else {}
        rows, row_lengths = _split(templates or {})
        answers = {1.0: self._assist.respond(readable.readings[1.0], clicks, kept.get(1.0), rows[1.0])}
        scales = _scales_of(row_lengths | _clicked_lengths(answers[1.0], readable, clicks))
        for scale in sorted({each for own in scales.values() for each in own} - {1.0}):
            reading = self._reading(readable, scale)
            answers[scale] = self._assist.respond(reading, clicks, kept.get(scale), rows[scale])
        if len(answers) == 1:
            return replace(answers[1.0], kept=Kept(answers))
        own = all_of(found.where(_is_read_at(scale, found, scales)) for scale, found in answers.items())
        return replace(best_of(own, self.traits.design.oriented), kept=Kept(answers))

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """See `Detector.templates`. Where nothing is large, the rows of all scales are those of the first."""
        readable: Readable = encoding.data
        lengths = _clicked_lengths(self._assist.respond(readable.readings[1.0], clicks), readable, clicks)
        is_large = any(_mean(own) * SCALES[1] >= LONG for own in lengths.values())
        scales = SCALES if is_large else SCALES[:1] * len(SCALES)
        by_scale = [self._assist.templates(self._reading(readable, scale), clicks) for scale in scales]
        return {
            class_id: np.column_stack([*(rows[class_id] for rows in by_scale), own.astype(np.float32)])
            for class_id, own in lengths.items()
        }

    def _reading(self, readable: Readable, scale: float) -> Encoding:
        if scale not in readable.readings:
            readable.readings[scale] = self._assist.encode(readable.image, scale)
        return readable.readings[scale]


def _clicked_lengths(first: Detections, readable: Readable, clicks: Sequence[ClassClick]) -> dict[int, Lengths]:
    """By class and click, the root of the area of the best box of the class that the click is in, as a first reading
    found it and in its pixels; NaN where there is none.
    """
    at = points(clicks)
    classes = np.array([click.class_id for click in clicks], int)
    lengths = np.full(len(clicks), np.nan)
    if len(first):
        hit = contains(first.boxes, at[:, :1], at[:, 1:]) & (first.class_ids == classes[:, None])
        lengths = np.where(hit.any(1), np.sqrt(area(first.boxes))[hit.argmax(1)], np.nan)
    lengths = lengths * readable.readings[1.0].data.scale
    return {int(each): lengths[classes == each] for each in np.unique(classes)}


def _scales_of(lengths: Mapping[int, Lengths]) -> dict[int, tuple[float, ...]]:
    """By class, the scales of the readings that answer for it: the first, and where objects are large a smaller one."""
    shared = _mean(np.concatenate([np.zeros(0), *lengths.values()]))
    smaller = [scale for scale in SCALES[1:] if shared * scale >= LONG][-1:]
    return {
        class_id: (SCALES[0], *(scale for scale in smaller if _mean(own) * scale >= SHORTEST))
        for class_id, own in lengths.items()
    }


def _mean(lengths: Lengths) -> float:
    """The geometric mean of those that are known; 0 where none is."""
    known = lengths[np.isfinite(lengths)]
    return float(np.exp(np.log(np.maximum(known, 1)).mean())) if len(known) else 0.0


def _is_read_at(scale: float, found: Detections, scales: Mapping[int, tuple[float, ...]]) -> Bool[np.ndarray, "N"]:
    return np.isin(found.class_ids, [class_id for class_id, own in scales.items() if scale in own])


def _split(templates: Templates) -> tuple[dict[float, Templates], dict[int, Lengths]]:
    """The rows for each reading by its scale, and by class how long the objects were that they come from."""
    rows: dict[float, dict[int, Float[np.ndarray, "K D"]]] = {scale: {} for scale in SCALES}
    for class_id, joined in templates.items():
        for scale, own in zip(SCALES, np.split(joined[:, :-1], len(SCALES), axis=1), strict=True):
            rows[scale][class_id] = own
    return dict(rows), {class_id: joined[:, -1] for class_id, joined in templates.items()}

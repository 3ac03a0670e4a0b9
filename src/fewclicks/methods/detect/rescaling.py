"""Class slots on objects larger than those they learnt from: the image is read once more, at a smaller scale.

Not in c3det, whose objects are tiny throughout. How large the objects are tell the boxes that a first reading finds
where somebody clicked; classes that are too small for the other scale are answered for by the first reading.
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
SHORTEST = 7.0  # so long are the objects of a class at least where it is read at the scale of all
SMALLEST = 0.25
STEPS = 2  # scales an octave: another click seldom asks for another reading
FURTHER_SHARE = 0.5  # of a first reading's memory that all further ones take at most: 1/4 + 1/8 + ...


@dataclass(frozen=True)
class Readable:
    """An image and its readings by their scales, of which the first is 1; further ones come when they are asked for."""

    image: UInt8[np.ndarray, "H W 3"]
    readings: dict[float, Encoding]


@dataclass(frozen=True)
class Kept:
    """What further clicks go on from: the answer of each reading by its scale."""

    answers: Mapping[float, Detections]


class RescalingDetector:
    """A model of class slots that reads an image again for classes whose objects are large.

    A row of its templates has those of the first reading and of the one that answers for its class, and the logarithm
    of the latter's scale, so that an image without a click is read as those were that its templates come from.
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
        rows, fitting_rows, row_scales = _split(templates or {})
        answers = {1.0: self._assist.respond(readable.readings[1.0], clicks, kept.get(1.0), rows)}
        asked = dict.fromkeys((click.class_id for click in clicks), 1.0)
        scales = asked | row_scales | self._clicked_scales(answers[1.0], readable, clicks)
        for scale in sorted({*scales.values()} - {1.0}):
            reading = self._reading(readable, scale)
            answers[scale] = self._assist.respond(reading, clicks, kept.get(scale), fitting_rows)
        return replace(_own(answers, scales), kept=Kept(answers))

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """See `Detector.templates`."""
        readable: Readable = encoding.data
        rows = self._assist.templates(readable.readings[1.0], clicks)
        first = self._assist.respond(readable.readings[1.0], clicks)
        scales = dict.fromkeys(rows, 1.0) | self._clicked_scales(first, readable, clicks)
        joined = {}
        for class_id, own in rows.items():
            at = [click for click in clicks if click.class_id == class_id]
            fitting = self._assist.templates(self._reading(readable, scales[class_id]), at)[class_id]
            joined[class_id] = np.column_stack([own, fitting, np.full(len(own), np.log2(scales[class_id]), np.float32)])
        return joined

    def _reading(self, readable: Readable, scale: float) -> Encoding:
        if scale not in readable.readings:
            readable.readings[scale] = self._assist.encode(readable.image, scale)
        return readable.readings[scale]

    def _clicked_scales(self, first: Detections, readable: Readable, clicks: Sequence[ClassClick]) -> dict[int, float]:
        """By class, the scale that fits what was clicked; nothing for a class of which no box was found there."""
        lengths = _clicked_lengths(first, clicks) * readable.readings[1.0].data.scale
        known = np.isfinite(lengths)
        classes = np.array([click.class_id for click in clicks], int)
        return _scales_for({int(each): lengths[known & (classes == each)] for each in np.unique(classes[known])})


def _clicked_lengths(found: Detections, clicks: Sequence[ClassClick]) -> Float[np.ndarray, "K"]:
    """Of the best box of a click's class that the click is in, the root of its area; NaN where there is none."""
    if len(found) == 0:
        return np.full(len(clicks), np.nan)
    at = points(clicks)
    classes = np.array([click.class_id for click in clicks], int)
    hit = contains(found.boxes, at[:, :1], at[:, 1:]) & (found.class_ids == classes[:, None])
    return np.where(hit.any(1), np.sqrt(area(found.boxes))[hit.argmax(1)], np.nan)


def _scales_for(lengths: Mapping[int, Float[np.ndarray, "_"]]) -> dict[int, float]:
    """By class, the scale for the objects of all, or 1 where its own ones are too small for that."""
    shared = _scale_for(np.concatenate([np.zeros(0), *lengths.values()])) if lengths else 1.0
    return {class_id: shared if _mean(own) * shared >= SHORTEST else 1.0 for class_id, own in lengths.items()}


def _scale_for(lengths: Float[np.ndarray, "K"]) -> float:
    """The scale to read objects at that are so long at the first one."""
    length = _mean(lengths)
    return _on_grid(np.log2(AIM / length)) if length >= LARGE else 1.0


def _mean(lengths: Float[np.ndarray, "K"]) -> float:
    return float(np.exp(np.log(np.maximum(lengths, 1)).mean()))


def _on_grid(scale_log2: float) -> float:
    return float(np.clip(2 ** (np.rint(scale_log2 * STEPS) / STEPS), SMALLEST, 1))


def _split(templates: Templates) -> tuple[Templates, Templates, dict[int, float]]:
    """Rows for the first reading and for the one that fits their class, and the scale of that one by class."""
    first, fitting, scales = {}, {}, {}
    for class_id, rows in templates.items():
        first[class_id], fitting[class_id] = np.split(rows[:, :-1], 2, axis=1)
        scales[class_id] = _on_grid(float(rows[:, -1].mean()))
    return first, fitting, scales


def _own(answers: Mapping[float, Detections], scales: Mapping[int, float]) -> Detections:
    """Of each answer the boxes of the classes that it is for, best score first."""
    own = [found.where(np.isin(found.class_ids, [i for i in scales if scales[i] == s])) for s, found in answers.items()]
    boxes, scores, class_ids = (
        np.concatenate([getattr(each, name) for each in own]) for name in ("boxes", "scores", "class_ids")
    )
    order = np.argsort(-scores, kind="stable")
    return Detections(boxes[order], scores[order], class_ids[order])

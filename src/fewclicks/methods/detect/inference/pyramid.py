"""`detect` with class slots on objects larger than those it was trained on: images are read at smaller scales, too.

Not in c3det, whose objects are tiny throughout. The boxes that the first reading finds at the clicks tell how large
the objects are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry.oriented import area, contains
from fewclicks.images.source import ImageSource
from fewclicks.methods.detect.inference.answering import without_duplicates
from fewclicks.methods.detect.inference.model import Correlated, DetectModel, ReadImage, pixels_of
from fewclicks.methods.detect.inference.prompts import checked_clicks, examples_of, points, templates_of
from fewclicks.model import COMPLETE, LOWEST_SCORE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import ClassClick, Example, Prompt, Prompts

SCALES = (1.0, 0.5, 0.25)  # of the readings
LONG = 24.0  # pixels, root of a box's area: the smallest scale at which the clicked objects are as long is read, too
SHORTEST = 7.0  # so long are the objects of a class at least in a reading that answers for it
FURTHER_SHARE = sum(scale**2 for scale in SCALES[1:])  # of a first reading's memory that the further ones take

Lengths = Float[np.ndarray, "_"]
OneResponse = Response[BoxesAnswer, Correlated]


@dataclass(frozen=True, slots=True, eq=False)
class Readable:
    """An image and its readings by their scales, of which the first is 1; further ones are made when needed."""

    image: UInt8[np.ndarray, "H W 3"]
    readings: dict[float, Encoding[ReadImage]]


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """The response of each reading by its scale: further clicks go on from them."""

    responses: Mapping[float, OneResponse]

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.responses.values())


class PyramidModel(Model[Readable, BoxesAnswer, Readings]):
    """A model of class slots that reads an image again, at a smaller scale, when objects are large.

    The row of an example holds those of all readings and the length of the object in pixels of the first one, so that
    an image without a click is read as those were that its examples come from.
    """

    def __init__(self, model: DetectModel) -> None:
        self._model = model
        self._info = replace(model.info, details={**model.info.details, "read_once": False})

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[Readable]:
        """Read an image. Its pixels are kept, and not modified."""
        pixels = pixels_of(image)
        first = self._model.encode(pixels)
        nbytes = int(first.nbytes * (1 + FURTHER_SHARE)) + pixels.nbytes
        return Encoding(first.size_hw, Readable(pixels, {1.0: first}), nbytes)

    def respond(
        self,
        encoding: Encoding[Readable],
        prompts: Prompts,
        previous: Response[BoxesAnswer, Readings] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, Readings]:
        """See `DetectModel.respond`. Every reading is asked about all classes, because they compete for objects."""
        clicks, readable = checked_clicks(prompts.all, encoding.size_hw, self.info), encoding.data
        asked, lengths = self._by_scale(prompts)
        before = previous.memo.responses if previous is not None and previous.memo is not None else {}
        every = replace(options, lowest_score=min(options.lowest_score, LOWEST_SCORE))
        found = {1.0: self._model.respond(readable.readings[1.0], asked[1.0], before.get(1.0), every)}
        scales = _scales_of(lengths | _clicked_lengths(found[1.0].answer, readable, clicks))
        for scale in sorted({each for own in scales.values() for each in own} - {1.0}):
            found[scale] = self._model.respond(self._reading(readable, scale), asked[scale], before.get(scale), every)
        answer = self._joined({scale: each.answer for scale, each in found.items()}, scales)
        answer, memo = answer.where(answer.scores >= options.lowest_score), Readings(found)
        return Response(answer, memo, nbytes=answer.nbytes + memo.nbytes)

    def examples(self, encoding: Encoding[Readable], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """See `DetectModel.examples`. Where nothing is large, the rows of all scales are those of the first."""
        clicks, readable = checked_clicks(prompts, encoding.size_hw, self.info), encoding.data
        if not clicks or not self._model.network.design.correlates:
            return ()
        first = self._model.respond(readable.readings[1.0], Prompts.of(*clicks)).answer
        lengths = _lengths_at(first, readable, clicks)
        by_class = _by_class(lengths, clicks)
        is_large = any(_mean(own) * SCALES[1] >= LONG for own in by_class.values())
        scales = SCALES if is_large else SCALES[:1] * len(SCALES)
        rows = [_rows(self._model.examples(self._reading(readable, scale), clicks)) for scale in scales]
        return examples_of(clicks, np.column_stack([*rows, lengths.astype(np.float32)]), self.info)

    def _joined(self, answers: Mapping[float, BoxesAnswer], scales: Mapping[int, tuple[float, ...]]) -> BoxesAnswer:
        if len(answers) == 1:
            return answers[1.0]
        own = [answer.where(_is_read_at(scale, answer, scales)) for scale, answer in answers.items()]
        return without_duplicates(own, self._model.network.design.oriented)

    def _reading(self, readable: Readable, scale: float) -> Encoding[ReadImage]:
        if scale not in readable.readings:
            readable.readings[scale] = self._model.encode_at(readable.image, scale)
        return readable.readings[scale]

    def _by_scale(self, prompts: Prompts) -> tuple[dict[float, Prompts], dict[int, Lengths]]:
        """Return the prompts for each reading by its scale, and by class the lengths of the objects of examples."""
        lengths = {class_id: rows[:, -1] for class_id, rows in templates_of(prompts.examples, self.info).items()}
        by_scale = {}
        for number, scale in enumerate(SCALES):
            own = tuple(_for_reading(each, number) for each in prompts.examples)
            by_scale[scale] = Prompts(prompts.rounds, own)
        return by_scale, lengths


def _for_reading(example: Example, number: int) -> Example:
    rows = np.split(example.arrays[0][:-1], len(SCALES))
    return replace(example, arrays=(rows[number],))


def _rows(examples: Sequence[Example]) -> Float[np.ndarray, "K D"]:
    return np.stack([each.arrays[0] for each in examples])


def _clicked_lengths(first: BoxesAnswer, readable: Readable, clicks: Sequence[ClassClick]) -> dict[int, Lengths]:
    """Return by class the lengths of the clicked objects, see `_lengths_at`."""
    return _by_class(_lengths_at(first, readable, clicks), clicks)


def _by_class(lengths: Lengths, clicks: Sequence[ClassClick]) -> dict[int, Lengths]:
    classes = np.array([click.class_id for click in clicks], int)
    return {int(each): lengths[classes == each] for each in np.unique(classes)}


def _lengths_at(first: BoxesAnswer, readable: Readable, clicks: Sequence[ClassClick]) -> Lengths:
    """Return for each click the root of the area of the best box of its class that contains it, NaN without one.

    The boxes are those of the first reading, the lengths in its pixels.
    """
    at, classes = points(clicks), np.array([click.class_id for click in clicks], int)
    lengths = np.full(len(clicks), np.nan)
    if len(first):
        hit = contains(first.boxes, at[:, :1], at[:, 1:]) & (first.class_ids == classes[:, None])
        lengths = np.where(hit.any(1), np.sqrt(area(first.boxes))[hit.argmax(1)], np.nan)
    return lengths * readable.readings[1.0].data.scale


def _scales_of(lengths: Mapping[int, Lengths]) -> dict[int, tuple[float, ...]]:
    """Return by class the scales of the readings that answer for it: the first, and for large objects a smaller one."""
    shared = _mean(np.concatenate([np.zeros(0), *lengths.values()]))
    smaller = [scale for scale in SCALES[1:] if shared * scale >= LONG][-1:]
    return {
        class_id: (SCALES[0], *(scale for scale in smaller if _mean(own) * scale >= SHORTEST))
        for class_id, own in lengths.items()
    }


def _mean(lengths: Lengths) -> float:
    """Return the geometric mean of the lengths that are known; 0 without any."""
    known = lengths[np.isfinite(lengths)]
    return float(np.exp(np.log(np.maximum(known, 1)).mean())) if len(known) else 0.0


def _is_read_at(scale: float, found: BoxesAnswer, scales: Mapping[int, tuple[float, ...]]) -> Bool[np.ndarray, "N"]:
    return np.isin(found.class_ids, [class_id for class_id, own in scales.items() if scale in own])

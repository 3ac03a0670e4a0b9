"""`detect` with class slots on objects of other sizes than those it was trained on: images are read at other scales.

Not in c3det, whose objects are tiny throughout. How large the objects of a class are, a person's boxes around examples
tell. Without these, the boxes that the first reading finds at the clicks do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry.oriented import area, contains
from fewclicks.images.source import ImageSource
from fewclicks.methods.detect.inference.answering import without_duplicates
from fewclicks.methods.detect.inference.extents import extents_of, joined, known_rows, scaled
from fewclicks.methods.detect.inference.model import Correlated, DetectModel, ReadImage, pixels_of
from fewclicks.methods.detect.inference.prompts import (
    Shown,
    checked,
    class_ids,
    examples_of,
    points,
    sides,
    templates_of,
)
from fewclicks.methods.detect.inference.sizes import FURTHER, SCALES, Lengths, Sizes, allowed, nearest, root_of_area
from fewclicks.model import COMPLETE, LOWEST_SCORE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Example, Prompt, Prompts

FURTHER_SHARE = sum(scale**2 for scale in FURTHER)  # of a first reading's memory that the further ones take
LENGTH = -3  # column of an example's row: the length, then width and height

OneResponse = Response[BoxesAnswer, Correlated]


@dataclass(frozen=True, slots=True, eq=False)
class Readable:
    """An image and its readings by their scales, of which the first is 1; further ones are made when needed."""

    image: UInt8[np.ndarray, "H W 3"]
    readings: dict[float, Encoding[ReadImage]]

    @property
    def first(self) -> ReadImage:
        return self.readings[1.0].data

    @property
    def scales(self) -> tuple[float, ...]:
        """The scales at which the image may be read."""
        return allowed(max(self.first.size_hw))


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """The response of each reading by its scale: further clicks go on from them."""

    responses: Mapping[float, OneResponse]

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.responses.values())


class PyramidModel(Model[Readable, BoxesAnswer, Readings]):
    """A model of class slots that reads an image again, at another scale, when objects are large or small.

    The row of an example holds those of all readings, the length of the object, and its width and height, in pixels of
    the first reading; NaN for what is not known. So an image without a prompt is read as those were that its examples
    come from.
    """

    def __init__(self, model: DetectModel) -> None:
        self._model = model
        self._info = replace(model.info, details={**model.info.details, "read_once": False})
        self._enlarged: tuple[Readable, Encoding[ReadImage]] | None = None  # only the last: it takes much memory

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
        shown, readable = checked(prompts.all, encoding.size_hw, self.info), encoding.data
        sizes = self._sizes(prompts, shown, readable)
        extents = sizes.extents_at(1 / readable.first.scale)
        before = previous.memo.responses if previous is not None and previous.memo is not None else {}
        every = replace(options, lowest_score=min(options.lowest_score, LOWEST_SCORE))

        def answered(scale: float) -> OneResponse:
            own = Prompts(prompts.rounds, tuple(_for_reading(each, scale) for each in prompts.examples))
            reading = self._reading(readable, scale)
            return self._model.respond_in_size(reading, own, extents, before.get(scale), every)

        found: dict[float, OneResponse] = {}
        if not sizes.are_known(class_ids(shown)):
            found[1.0] = answered(1.0)
            lengths = _lengths_at(found[1.0].answer, readable, shown)
            sizes = sizes.with_lengths(class_ids(shown), lengths)
        scales = sizes.scales(readable.scales)
        for scale in sorted({each for own in scales.values() for each in own} - found.keys()):
            found[scale] = answered(scale)
        answer = self._joined({scale: each.answer for scale, each in found.items()}, scales)
        answer, memo = answer.where(answer.scores >= options.lowest_score), Readings(found)
        return Response(answer, memo, nbytes=answer.nbytes + memo.nbytes)

    def examples(self, encoding: Encoding[Readable], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """See `DetectModel.examples`. A scale at which nothing is read has the row of the nearest one."""
        shown, readable = checked(prompts, encoding.size_hw, self.info), encoding.data
        if not shown or not self._model.network.design.correlates:
            return ()
        here = Prompts.of(*shown)
        sizes = self._sizes(here, shown, readable)
        known = sides(shown) * readable.first.scale
        lengths = root_of_area(known)
        if not sizes.are_known(class_ids(shown)):
            first = self._model.respond(readable.readings[1.0], here).answer
            lengths = np.where(np.isnan(lengths), _lengths_at(first, readable, shown), lengths)
            sizes = sizes.with_lengths(class_ids(shown), lengths)
        read = sizes.scales_of_examples(readable.scales)
        rows = {scale: _rows(self._model.examples(self._reading(readable, scale), shown)) for scale in read}
        columns = [*(rows[nearest(scale, read)] for scale in SCALES), lengths, known]
        return examples_of(shown, np.column_stack(columns).astype(np.float32), self.info)

    def _joined(self, answers: Mapping[float, BoxesAnswer], scales: Mapping[int, tuple[float, ...]]) -> BoxesAnswer:
        if len(answers) == 1:
            return next(iter(answers.values()))
        own = [answer.where(_is_read_at(scale, answer, scales)) for scale, answer in answers.items()]
        return without_duplicates(own, self._model.network.design.oriented)

    def _reading(self, readable: Readable, scale: float) -> Encoding[ReadImage]:
        if scale > 1:
            if self._enlarged is None or self._enlarged[0] is not readable:
                self._enlarged = (readable, self._model.encode_at(readable.image, scale))
            return self._enlarged[1]
        if scale not in readable.readings:
            readable.readings[scale] = self._model.encode_at(readable.image, scale)
        return readable.readings[scale]

    def _sizes(self, prompts: Prompts, shown: Sequence[Shown], readable: Readable) -> Sizes:
        """Return what boxes and examples tell about the sizes of objects."""
        rows = templates_of(prompts.examples, self.info).items()
        elsewhere = {class_id: known_rows(own[:, LENGTH + 1 :]) for class_id, own in rows}
        return Sizes(
            joined(scaled(extents_of(shown), readable.first.scale), elsewhere),
            {class_id: own[:, LENGTH].astype(np.float64) for class_id, own in rows},
        )


def _for_reading(example: Example, scale: float) -> Example:
    rows = np.split(example.arrays[0][:LENGTH], len(SCALES))
    return replace(example, arrays=(rows[SCALES.index(scale)],))


def _rows(examples: Sequence[Example]) -> Float[np.ndarray, "K D"]:
    return np.stack([each.arrays[0] for each in examples])


def _lengths_at(first: BoxesAnswer, readable: Readable, shown: Sequence[Shown]) -> Lengths:
    """Return for each prompt the root of the area of the best box of its class that contains it, NaN without one.

    The boxes are those of the first reading, the lengths in its pixels.
    """
    at, classes = points(shown), np.array(class_ids(shown), int)
    lengths = np.full(len(shown), np.nan)
    if len(first):
        hit = contains(first.boxes, at[:, :1], at[:, 1:]) & (first.class_ids == classes[:, None])
        lengths = np.where(hit.any(1), np.sqrt(area(first.boxes))[hit.argmax(1)], np.nan)
    return lengths * readable.first.scale


def _is_read_at(scale: float, found: BoxesAnswer, scales: Mapping[int, tuple[float, ...]]) -> Bool[np.ndarray, "N"]:
    return np.isin(found.class_ids, [class_id for class_id, own in scales.items() if scale in own])

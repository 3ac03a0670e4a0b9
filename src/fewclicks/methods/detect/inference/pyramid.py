"""`detect` with class slots on objects of other sizes than those it was trained on: images are read at other scales.

Not in c3det, whose objects are tiny throughout. Boxes that a person draws around examples show how large the objects of
a class are. Without them, the boxes that the model finds at the clicks do. Their sizes in the first reading decide
whether there is a second one. For classes that the first reading is not sure of, guesses.py also chooses the best box
of several readings. Such a guess is trusted less than a drawn box. The answers of all these readings are joined.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry.oriented import area, contains
from fewclicks.images.source import ImageSource
from fewclicks.methods.detect.inference.answering import without_duplicates
from fewclicks.methods.detect.inference.extents import GUESSED, extents_of, fitted, joined, known_rows, scaled
from fewclicks.methods.detect.inference.guesses import SMALL, doubted, guessed_sides, tried_scales
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
from fewclicks.prompts import ClassClick, Example, Prompt, Prompts

FURTHER_SHARE = sum(scale**2 for scale in FURTHER)  # of a first reading's memory that the further ones take
LENGTH, CONFIDENCE, SIDES, GUESS = -6, -5, slice(-4, -2), slice(-2, None)  # columns of an example's row

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

    @property
    def scales_for_guesses(self) -> tuple[float, ...]:
        """The scales of the readings from which extents are guessed."""
        return tried_scales(max(self.first.size_hw))


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """The response of each reading by its scale: further clicks go on from them."""

    responses: Mapping[float, OneResponse]

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in self.responses.values())


class PyramidModel(Model[Readable, BoxesAnswer, Readings]):
    """A model of class slots that reads an image again, at another scale, when objects are large or small.

    The row of an example holds its rows in all readings, the length of the object, the first reading's confidence in
    it, width and height of its drawn box, and its guessed width and height. Lengths and sides are in pixels of the
    first reading, NaN if they are not known; an unknown confidence is 0. So an image without a prompt is read at the
    scales that its examples need.
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
        found: dict[float, OneResponse] = {}

        def read(scale: float) -> BoxesAnswer:
            if scale not in found:
                own = Prompts(prompts.rounds, tuple(_for_reading(each, scale) for each in prompts.examples))
                reading = self._reading(readable, scale)
                found[scale] = self._model.respond_in_size(reading, own, extents, before.get(scale), every)
            return found[scale].answer

        if not sizes.are_known(class_ids(shown)):
            sizes = sizes.with_found(class_ids(shown), *_found_at(read(1.0), readable, shown))
        usual = _own(read, sizes.scales(readable.scales)) or {1.0: read(1.0)}
        answers = [each if scale == 1 else doubted(each, sizes.sure()) for scale, each in usual.items()]
        sizes = sizes.with_guesses(class_ids(shown), _guesses(shown, sizes, readable, read))
        guesses = sizes.guesses_at(1 / readable.first.scale)
        if guesses:
            by_guess = _own(read, sizes.scales_of_guesses(readable.scales_for_guesses)).values()
            answers = [doubted(each, guesses.keys()) for each in answers]
            answers += [fitted(each, guesses, GUESSED) for each in by_guess]
        answer = without_duplicates(answers, self._model.network.design.oriented) if len(answers) > 1 else answers[0]
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
        lengths, confidences = root_of_area(known), np.zeros(len(shown))
        if not sizes.are_known(class_ids(shown)):
            first = self._model.respond(readable.readings[1.0], here).answer
            found_lengths, confidences = _found_at(first, readable, shown)
            lengths = np.where(np.isnan(lengths), found_lengths, lengths)
            sizes = sizes.with_found(class_ids(shown), lengths, confidences)

        def answer(scale: float) -> BoxesAnswer:
            return self._model.respond(self._reading(readable, scale), here).answer

        guesses = _guesses(shown, sizes, readable, answer)
        by_guess = sizes.with_guesses(class_ids(shown), guesses).scales_of_guesses(readable.scales_for_guesses)
        read = tuple(sorted({*sizes.scales_of_examples(readable.scales), *(scale for (scale,) in by_guess.values())}))
        rows = {scale: _rows(self._model.examples(self._reading(readable, scale), shown)) for scale in read}
        columns = [*(rows[nearest(scale, read)] for scale in SCALES), lengths, confidences, known, guesses]
        return examples_of(shown, np.column_stack(columns).astype(np.float32), self.info)

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
        elsewhere, guessed = (
            {class_id: known_rows(own[:, columns]) for class_id, own in rows} for columns in (SIDES, GUESS)
        )
        return Sizes(
            joined(scaled(extents_of(shown), readable.first.scale), elsewhere),
            {class_id: own[:, LENGTH].astype(np.float64) for class_id, own in rows},
            {class_id: own[:, CONFIDENCE].astype(np.float64) for class_id, own in rows},
            joined(guessed, {}),
        )


def _for_reading(example: Example, scale: float) -> Example:
    rows = np.split(example.arrays[0][:LENGTH], len(SCALES))
    return replace(example, arrays=(rows[SCALES.index(scale)],))


def _rows(examples: Sequence[Example]) -> Float[np.ndarray, "K D"]:
    return np.stack([each.arrays[0] for each in examples])


def _found_at(
    first: BoxesAnswer, readable: Readable, shown: Sequence[Shown]
) -> tuple[Lengths, Float64[np.ndarray, "K"]]:
    """Return for each prompt the length and the confidence of the best box of its class that contains it.

    Without one, the length is NaN and the confidence 0. The boxes are those of the first reading, the lengths (root of
    the area) in its pixels.
    """
    at, classes = points(shown), np.array(class_ids(shown), int)
    lengths, confidences = np.full(len(shown), np.nan), np.zeros(len(shown))
    if len(first):
        hit = contains(first.boxes, at[:, :1], at[:, 1:]) & (first.class_ids == classes[:, None])
        lengths = np.where(hit.any(1), np.sqrt(area(first.boxes))[hit.argmax(1)], np.nan)
        confidences = np.where(hit.any(1), first.scores[hit.argmax(1)], 0.0)
    return lengths * readable.first.scale, confidences


def _guesses(
    shown: Sequence[Shown], sizes: Sizes, readable: Readable, read: Callable[[float], BoxesAnswer]
) -> Float64[np.ndarray, "K 2"]:
    """Return width and height of clicked objects as `guessed_sides` does; NaN for classes that need no guess.

    read: returns the answer of the reading at a scale.
    """
    sides, asked = np.full((len(shown), 2), np.nan), sizes.worth_guessing(SMALL)
    clicks = {row: each for row, each in enumerate(shown) if isinstance(each, ClassClick) and each.class_id in asked}
    if clicks:
        found = {scale: read(scale) for scale in readable.scales_for_guesses}
        sides[[*clicks]] = guessed_sides(found, [*clicks.values()], readable.first.scale)
    return sides


def _own(read: Callable[[float], BoxesAnswer], scales: Mapping[int, tuple[float, ...]]) -> dict[float, BoxesAnswer]:
    """Return by scale the boxes of the classes that are read at it. read: returns the answer of a reading."""
    used = sorted({each for own in scales.values() for each in own})
    classes = {scale: [class_id for class_id, own in scales.items() if scale in own] for scale in used}
    return {scale: read(scale).where(np.isin(read(scale).class_ids, own)) for scale, own in classes.items()}

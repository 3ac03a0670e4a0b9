"""The known sizes of objects by class, and the scales at which an image is read for them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64

from fewclicks.methods.detect.inference.extents import Extents, joined, known_rows, scaled
from fewclicks.methods.detect.inference.reading import LONGEST

FURTHER = (0.5, 0.25)  # scales of readings for clicks on large objects, beside the first reading
SCALES = (2.0, 1.0, *FURTHER, 0.125)  # of readings for boxes
LONG = 24.0  # pixels, root of a box's area: the smallest scale at which the clicked objects are as long is read, too
SHORTEST = 7.0  # so long are the objects of a class at least in a reading that answers for it
SURE = 0.85  # the first reading is sure of a class if its boxes at the clicks have at least this mean confidence
BEST = 48.0  # pixels: a class is read at the scale at which its boxes or guesses are nearest to this length

Lengths = Float[np.ndarray, "_"]
"""Roots of the areas of boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """What is known about the sizes of objects, by class. Lengths and sides are in pixels of the first reading.

    extents: sides of the boxes that a person drew. lengths: of each drawn box or, without one, of the first reading's
    box at the prompt. confidences: of the first reading's boxes, 0 without one. guesses: sides of clicked objects
    (guesses.py).
    """

    extents: Extents
    lengths: Mapping[int, Lengths]
    confidences: Mapping[int, Float[np.ndarray, "_"]]
    guesses: Extents

    def extents_at(self, scale: float) -> Extents:
        """Return the extents in an image of that scale."""
        return scaled(self.extents, scale)

    def guesses_at(self, scale: float) -> Extents:
        """Return the guesses in pixels of an image of that scale, as `scales_of_guesses` does."""
        return scaled(self._guessed(), scale)

    def are_known(self, asked: Sequence[int]) -> bool:
        """Whether every class has the extent of a box, so that the first reading is not needed to find lengths."""
        classes = {*asked, *self.lengths}
        return bool(classes) and classes <= self.extents.keys()

    def sure(self) -> set[int]:
        """Return the classes without a drawn box whose mean confidence at the prompts is at least SURE."""
        return {each for each in self._clicked() if float(self.confidences[each].mean()) >= SURE}

    def worth_guessing(self, shortest: float) -> set[int]:
        """Return the classes without a drawn box that the first reading is not sure of.

        Classes whose objects are shorter than `shortest` in it are left out.
        """
        return {each for each, own in self._clicked().items() if not 0 < _mean(own) < shortest} - self.sure()

    def with_found(self, class_ids: Sequence[int], lengths: Lengths, confidences: Float[np.ndarray, "_"]) -> "Sizes":
        """Return the sizes with new lengths and confidences for these classes, in place of the old ones."""
        classes = np.array(class_ids, int)
        of_class = {each: classes == each for each in set(class_ids)}
        return replace(
            self,
            lengths={**self.lengths, **{each: lengths[own] for each, own in of_class.items()}},
            confidences={**self.confidences, **{each: confidences[own] for each, own in of_class.items()}},
        )

    def with_guesses(self, class_ids: Sequence[int], sides_wh: Float[np.ndarray, "K 2"]) -> "Sizes":
        """Return the sizes with guesses for objects of these classes in addition; NaN where there is none."""
        classes = np.array(class_ids, int)
        own = {each: known_rows(sides_wh[classes == each]) for each in set(class_ids)}
        return replace(self, guesses=joined(self.guesses, own))

    def scales(self, allowed_scales: Sequence[float]) -> dict[int, tuple[float, ...]]:
        """Return by class the scales of the readings that answer for it.

        With boxes it is one. Otherwise it is the first reading and, for large objects, a smaller one.
        """
        clicked = self._clicked()
        shared = _mean(np.concatenate([np.zeros(0), *clicked.values()]))
        smaller = [scale for scale in FURTHER if shared * scale >= LONG][-1:]
        by_click = {
            class_id: (1.0, *(scale for scale in smaller if _mean(own) * scale >= SHORTEST))
            for class_id, own in clicked.items()
        }
        return by_click | {class_id: (_best(own, allowed_scales),) for class_id, own in self.extents.items()}

    def scales_of_guesses(self, allowed_scales: Sequence[float]) -> dict[int, tuple[float, ...]]:
        """Return for each guessed class the scale at which the guesses are closest to BEST.

        Classes with a drawn box, or that the first reading is sure of, are left out.
        """
        return {class_id: (_best(own, allowed_scales),) for class_id, own in self._guessed().items()}

    def scales_of_examples(self, allowed_scales: Sequence[float]) -> tuple[float, ...]:
        """Return the scales at which an image with examples is read: for boxes the best and those next to it."""
        found = {1.0}
        if any(_mean(own) * FURTHER[0] >= LONG for own in self._clicked().values()):
            found.update(FURTHER)
        for class_id in self.extents:
            at = allowed_scales.index(_best(self.extents[class_id], allowed_scales))
            found.update(allowed_scales[max(at - 1, 0) : at + 2])
        return tuple(sorted(found))

    def _clicked(self) -> dict[int, Lengths]:
        return {class_id: own for class_id, own in self.lengths.items() if class_id not in self.extents}

    def _guessed(self) -> Extents:
        unknown = self._clicked().keys() - self.sure()
        return {class_id: own for class_id, own in self.guesses.items() if class_id in unknown}


def allowed(longest: int) -> tuple[float, ...]:
    """Return the scales for an image whose first reading has so many pixels on its longer side.

    No image is enlarged beyond LONGEST.
    """
    return tuple(scale for scale in SCALES if scale <= 1 or longest * scale <= LONGEST)


def nearest(scale: float, scales: Sequence[float]) -> float:
    """Return the one of `scales` with the smallest ratio to `scale`."""
    return min(scales, key=lambda each: abs(math.log(each / scale)))


def root_of_area(sides_wh: Float[np.ndarray, "K 2"]) -> Lengths:
    """Return the lengths of boxes from their sides."""
    return np.asarray(np.sqrt(sides_wh.prod(1)))


def _best(extents: Float64[np.ndarray, "K 2"], allowed_scales: Sequence[float]) -> float:
    return nearest(BEST / max(_mean(root_of_area(extents)), 1.0), allowed_scales)


def _mean(lengths: Lengths) -> float:
    """Return the geometric mean of the lengths that are known; 0 without any."""
    known = lengths[np.isfinite(lengths)]
    return float(np.exp(np.log(np.maximum(known, 1)).mean())) if len(known) else 0.0

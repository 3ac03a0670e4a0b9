"""How large clicked objects are: a guess from what the model finds at the clicks, in readings at several scales.

Not in c3det. A click does not tell where an object ends. The model's first answer contains a box for the object. For
new kinds of object this box is often wrong, above all if they are much smaller or larger than those in training.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry import boxes as upright
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.extents import rescored, with_odds
from fewclicks.methods.detect.inference.sizes import BEST
from fewclicks.prompts import ClassClick

TRIED = (0.5, 0.25)  # scales of the readings after the first one
SMALLEST_READING = 150  # pixels, on its longer side
SMALL = 24.0  # pixels, root of a box's area: classes with smaller objects are not guessed
DOUBT = 1 / 3  # factor for the odds of boxes when another reading is trusted more
AGREEMENT_WEIGHT, SIZE_WEIGHT = 0.5, 0.5  # of agreement and of the distance from the best size; of confidence 1


@dataclass(frozen=True, slots=True, eq=False)
class _Guess:
    """A box at a click, and the root of its area in pixels of the reading that found it."""

    box: Float64[np.ndarray, "5"]
    confidence: float
    length: float


def tried_scales(longest: int) -> tuple[float, ...]:
    """Return the scales of the readings to guess from, if the first one has `longest` pixels on its longer side."""
    return (1.0, *(scale for scale in TRIED if longest * scale >= SMALLEST_READING))


def doubted(found: BoxesAnswer, class_ids: Collection[int]) -> BoxesAnswer:
    """Return all boxes, those of the given classes with less confidence; highest confidence first."""
    own = np.isin(found.class_ids, [*class_ids])
    return rescored(found, np.where(own, with_odds(found.scores, DOUBT), found.scores))


def guessed_sides(
    found: Mapping[float, BoxesAnswer], clicks: Sequence[ClassClick], scale: float
) -> Float64[np.ndarray, "K 2"]:
    """Return width and height of the object at each click, in pixels of the first reading.

    The sides are NaN if no reading has a box of the class at the click.
    found: the answer of each reading, by its scale relative to the first one. scale: of the first reading.
    """
    sides = np.full((len(clicks), 2), np.nan)
    for index, click in enumerate(clicks):
        best = _best([_guess_of(at, answer, click, scale) for at, answer in found.items()])
        if best is not None:
            sides[index] = best.box[2:4] * scale
    return sides


def _guess_of(at: float, found: BoxesAnswer, click: ClassClick, scale: float) -> _Guess | None:
    """Return the best box of the class around a click, in the reading at `at` times the first scale."""
    row = _best_at(found, click)
    if row is None:
        return None
    length = math.sqrt(found.boxes[row, 2] * found.boxes[row, 3]) * scale * at
    return _Guess(found.boxes[row], float(found.scores[row]), length)


def _best_at(found: BoxesAnswer, click: ClassClick) -> int | None:
    """Return the row of the most confident box of the class around a click."""
    around = oriented.contains(found.boxes, click.x, click.y) & (found.class_ids == click.class_id)
    return int(np.argmax(around)) if around.any() else None


def _best(guesses: Sequence[_Guess | None]) -> _Guess | None:
    """Return the guess with the highest weighted sum of confidence, agreement and closeness to the best size.

    Agreement is the mean IoU with the other guesses, of upright boxes.
    """
    made = [guess for guess in guesses if guess is not None]
    if not made:
        return None
    around = oriented.enclosing(np.stack([guess.box for guess in made]))
    agreement = (upright.pairwise_iou(around, around).sum(1) - 1) / max(len(made) - 1, 1)
    values = [
        guess.confidence + AGREEMENT_WEIGHT * agrees - SIZE_WEIGHT * abs(math.log(max(guess.length, 1.0) / BEST))
        for guess, agrees in zip(made, agreement.tolist(), strict=True)
    ]
    return made[int(np.argmax(values))]

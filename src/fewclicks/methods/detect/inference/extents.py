"""What the extents of examples say about the size and shape of other objects of their class.

Not in c3det, whose users click. A box shows how large the objects are. A click does not, so guesses.py estimates their
size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64

from fewclicks.answers import BoxesAnswer
from fewclicks.methods.detect.inference.prompts import Shown, class_ids, sides

Extents = Mapping[int, Float64[np.ndarray, "_ 2"]]
"""By class, width and height of each example, in pixels."""

SHAPE_SPREAD = 0.5  # standard deviation of the logarithm of width over height
FREE = 0.5  # half a squared distance from the example that does not lower the confidence


@dataclass(frozen=True, slots=True)
class Trust:
    """How much extents are trusted.

    size_spread: standard deviation of the logarithm of the size. share: weight of the example's sides in the sides of a
    box, in logarithms; the network's sides get the rest. odds: factor for the odds of a box.
    """

    size_spread: float
    share: float
    odds: float


DRAWN = Trust(0.25, 0.5, 3.0)  # objects of a class differ little in size; with 3, confidence matches precision
GUESSED = Trust(0.5, 0.0, 1.0)


def extents_of(shown: Sequence[Shown]) -> Extents:
    """Return the extents of the boxes among the prompts; classes without a box are missing."""
    known, classes = sides(shown), np.array(class_ids(shown), np.int64)
    return {each: own for each in set(class_ids(shown)) if len(own := known_rows(known[classes == each]))}


def known_rows(sides_wh: Float[np.ndarray, "K 2"]) -> Float64[np.ndarray, "_ 2"]:
    """Return the rows that are not NaN."""
    return np.asarray(sides_wh[np.isfinite(sides_wh).all(1)], np.float64)


def scaled(extents: Extents, scale: float) -> Extents:
    """Return the extents in an image of that scale."""
    return {class_id: own * scale for class_id, own in extents.items()}


def joined(first: Extents, second: Extents) -> Extents:
    """Return all extents of both; classes without any are missing."""
    none = np.zeros((0, 2))
    both = {each: np.concatenate([first.get(each, none), second.get(each, none)]) for each in {*first, *second}}
    return {class_id: own for class_id, own in both.items() if len(own)}


def fitted(found: BoxesAnswer, extents: Extents, trust: Trust = DRAWN) -> BoxesAnswer:
    """Return the boxes with confidence and sides by the most similar example of their class, highest confidence first.

    With the differences s in size and r in shape between box and example, in standard deviations of their logarithms,
    the confidence is multiplied by exp(FREE - (s² + r²) / 2), at most 1; then its odds are multiplied by `trust.odds`.
    An example may lie on its side. Boxes of classes without extents stay as they are.
    """
    if not extents:
        return found
    boxes, scores = found.boxes.copy(), found.scores.copy()
    for class_id, known in extents.items():
        own = np.flatnonzero(found.class_ids == class_id)
        either_way = np.log(np.maximum(np.concatenate([known, known[:, ::-1]]), 1))
        lengths = np.log(np.maximum(boxes[own, 2:4], 1))
        apart = _apart(lengths, either_way, trust.size_spread)
        likely = scores[own] * np.exp(np.minimum(FREE - apart.min(1, initial=np.inf), 0))
        scores[own] = with_odds(likely, trust.odds)
        boxes[own, 2:4] = np.exp((1 - trust.share) * lengths + trust.share * either_way[apart.argmin(1)])
    return rescored(replace(found, boxes=boxes), scores)


def rescored(found: BoxesAnswer, scores: Float64[np.ndarray, "N"]) -> BoxesAnswer:
    """Return the boxes with these confidences, highest confidence first."""
    probabilities = found.probabilities.copy()
    probabilities[np.arange(len(found)), np.searchsorted(found.classes, found.class_ids)] = scores
    return replace(found, scores=scores, probabilities=probabilities).where(np.argsort(-scores, kind="stable"))


def with_odds(scores: Float64[np.ndarray, "N"], odds: float) -> Float64[np.ndarray, "N"]:
    """Return the confidences after their odds are multiplied by `odds`."""
    return odds * scores / (1 + (odds - 1) * scores)


def lowest_before(lowest: float) -> float:
    """Return the confidence that `fitted` raises to `lowest` for a box that is as large as a drawn example."""
    return lowest / (DRAWN.odds - (DRAWN.odds - 1) * lowest)


def _apart(
    lengths: Float64[np.ndarray, "N 2"], known: Float64[np.ndarray, "K 2"], size_spread: float
) -> Float64[np.ndarray, "N K"]:
    """Return half the squared distance of each box from each example. The lengths are logarithms of the sides."""
    size = lengths.mean(1)[:, None] - known.mean(1)
    shape = (lengths[:, 0] - lengths[:, 1])[:, None] - (known[:, 0] - known[:, 1])
    return np.asarray((size / size_spread) ** 2 / 2 + (shape / SHAPE_SPREAD) ** 2 / 2)

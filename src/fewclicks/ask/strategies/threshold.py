"""Questions near the confidence that separates objects from background: either answer is likely there.

1 - P asks about the least confident boxes, which are nearly all background.
"""

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy

DECISION = 0.4  # confidence from which on a box is taken for an object


def _boxes(query: BoxQuery) -> Int64[np.ndarray, "K"]:
    return np.argsort(_distance(query.pool.scores), kind="stable")[: query.count]


def _images(query: ImageQuery) -> Int64[np.ndarray, "K"]:
    """Return the images with the lowest mean distance of their boxes; those without boxes come last."""
    means = np.full(len(query.images), 1.0)
    for index, number in enumerate(query.images.tolist()):
        own = _distance(query.pool.of_image(number).scores)
        if len(own):
            means[index] = own.mean()
    return np.argsort(means, kind="stable")[: query.count]


def _distance(scores: Float64[np.ndarray, "N"]) -> Float64[np.ndarray, "N"]:
    return np.abs(scores - DECISION)


THRESHOLD = Strategy("threshold", "Boxes whose confidence is near the decision threshold.", _boxes, _images)

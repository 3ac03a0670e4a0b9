"""Mean classification uncertainty: 1 - P, P the highest class probability (box-active-learning, Sec. 3.3)."""

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy


def _boxes(query: BoxQuery) -> Int64[np.ndarray, "K"]:
    return _highest(1 - query.pool.scores, query.count)


def _images(query: ImageQuery) -> Int64[np.ndarray, "K"]:
    """Return the images with the highest mean uncertainty of their boxes; those without boxes come last."""
    means = np.full(len(query.images), -1.0)
    for index, number in enumerate(query.images.tolist()):
        own = 1 - query.pool.of_image(number).scores
        if len(own):
            means[index] = own.mean()
    return _highest(means, query.count)


def _highest(values: Float64[np.ndarray, "N"], count: int) -> Int64[np.ndarray, "K"]:
    return np.argsort(-values, kind="stable")[:count]


UNCERTAINTY = Strategy("uncertainty", "The highest classification uncertainty, 1 - P.", _boxes, _images)

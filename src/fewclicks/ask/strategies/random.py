"""Random selection: the baseline of active learning (box-active-learning, Sec. 3.3)."""

import numpy as np
from jaxtyping import Int64

from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy


def _boxes(query: BoxQuery) -> Int64[np.ndarray, "K"]:
    return query.rng.permutation(len(query.pool))[: query.count]


def _images(query: ImageQuery) -> Int64[np.ndarray, "K"]:
    return query.rng.permutation(len(query.images))[: query.count]


RANDOM = Strategy("random", "Boxes or images at random.", _boxes, _images)

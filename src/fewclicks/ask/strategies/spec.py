"""How a strategy describes itself: it orders candidate boxes, or images, most informative first.

Packages announce a `Strategy` under the entry-point group `fewclicks.strategies`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from fewclicks.ask.costs import Costs
from fewclicks.ask.pool import Pool


@dataclass(frozen=True, slots=True, eq=False)
class BoxQuery:
    """A request for at most `count` boxes of `pool`. known: the features of the M boxes that were judged before."""

    pool: Pool
    count: int
    known: Float32[np.ndarray, "M D"]
    rng: np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class ImageQuery:
    """A request for at most `count` of I images.

    images: their numbers. pool: the candidate boxes in them. features: a feature of each image. known: those of the M
    images that were labelled before. labelled: how many objects of each class are labelled, by class id; 0 for a class
    without any. costs: the seconds of a person's answers.
    """

    images: Int64[np.ndarray, "I"]
    pool: Pool
    features: Float32[np.ndarray, "I D"]
    known: Float32[np.ndarray, "M D"]
    labelled: Mapping[int, int]
    costs: Costs
    count: int
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Strategy:
    """An informativeness measure E (box-active-learning, Eq. 2), at both levels.

    boxes and images return the indices of the picked boxes of the pool, or of the picked images, most informative
    first, each once; fewer than `count` when there are no more. needs_features: whether `boxes` needs a pool with
    features.
    """

    name: str
    summary: str
    boxes: Callable[[BoxQuery], Int64[np.ndarray, "K"]]
    images: Callable[[ImageQuery], Int64[np.ndarray, "K"]]
    needs_features: bool = False

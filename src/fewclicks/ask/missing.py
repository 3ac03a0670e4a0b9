"""How many objects nobody has labelled yet, estimated from images in which every object is labelled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_IMAGES = 8  # with all objects labelled


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """The expected number of objects that are not labelled, 0 or more, and the standard error of this prediction."""

    mean: float
    error: float


def unlabelled(complete: Sequence[int], labelled: Sequence[int]) -> Unlabelled | None:
    """Return the objects that are not labelled in images; None with less than FEWEST_IMAGES complete images.

    complete: the number of objects in each image in which all are labelled. labelled: the number of labelled objects in
    each other image. The estimate is k m - sum(labelled): the mean m of n complete images for each of k others. With s,
    the standard deviation of the complete ones, its error is s sqrt(k + k^2 / n). It takes the complete images as a
    random choice.
    """
    if len(complete) < FEWEST_IMAGES:
        return None
    count, others = len(complete), len(labelled)
    mean = others * float(np.mean(complete)) - sum(labelled)
    return Unlabelled(max(mean, 0.0), float(np.std(complete, ddof=1)) * float(np.sqrt(others + others**2 / count)))

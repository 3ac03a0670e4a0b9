"""The most expected gain per second: images whose objects add most for the time that drawing them takes.

Every second image is a random one: a model that learns from chosen images alone gets worse in the end, because they are
unlike the others. The gain is taken to grow with the sum over the classes of ln(1 + n), n the labelled objects of a
class: each further object of a class adds less, as in the estimate of when to stop (stopping.py). So rare classes come
first, and images with many objects of a class that is known well come last.

A model hardly finds objects of a class that it has hardly seen. So as long as a class has fewer than
ENOUGH labelled objects, all images are picked at random, until LOOKED_THROUGH images are finished. A class that is
still scarce then counts as rare.
"""

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.ask.strategies.random import RANDOM
from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy

ENOUGH = 5
LOOKED_THROUGH = 10


def _images(query: ImageQuery) -> Int64[np.ndarray, "K"]:
    """Pick greedily and at random in turn; what earlier picks are expected to contain counts as labelled."""
    classes = np.union1d(query.pool.class_ids, np.array(list(query.labelled), np.int64))
    expected, is_open = _expected(query, classes), np.ones(len(query.images), bool)
    seconds = query.costs.look + query.costs.drawn * expected.sum(1)
    picked = _first(query)
    is_open[picked] = False
    labelled = np.array([query.labelled.get(each, 0) for each in classes.tolist()], np.float64)
    labelled = labelled + expected[picked].sum(0)
    while len(picked) < min(query.count, len(expected)):
        if len(picked) % 2:
            best = int(query.rng.choice(np.flatnonzero(is_open)))
        else:
            gains = np.log1p(expected / (1 + labelled)).sum(1)
            best = int(np.where(is_open, gains / seconds, -1.0).argmax())
        picked.append(best)
        is_open[best] = False
        labelled = labelled + expected[best]
    return np.array(picked, np.int64)


def _first(query: ImageQuery) -> list[int]:
    """Return random images up to LOOKED_THROUGH finished ones; none if no class is scarce or that many are finished."""
    is_scarce = min(query.labelled.values(), default=0) < ENOUGH
    return RANDOM.images(query)[: max(0, LOOKED_THROUGH - len(query.known))].tolist() if is_scarce else []


def _expected(query: ImageQuery, classes: Int64[np.ndarray, "C"]) -> Float64[np.ndarray, "I C"]:
    """Return the objects of each class that each image is expected to have: the sum of the confidences."""
    found = np.zeros((len(query.images), len(classes)))
    rows = {number: row for row, number in enumerate(query.images.tolist())}
    at = [rows[number] for number in query.pool.images.tolist()]
    np.add.at(found, (np.array(at, np.int64), np.searchsorted(classes, query.pool.class_ids)), query.pool.scores)
    return found


def _boxes(query: BoxQuery) -> Int64[np.ndarray, "K"]:
    """Return the boxes with the highest confidence in relation to the expected objects of their class."""
    scores, class_ids = query.pool.scores, query.pool.class_ids
    expected = np.bincount(class_ids, scores, 1)[class_ids]
    return np.argsort(-scores / (1 + expected), kind="stable")[: query.count]


GAIN = Strategy("gain", "The most expected gain per second; every second image at random.", _boxes, _images)

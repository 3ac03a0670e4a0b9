"""The most expected gain per second: images whose objects add most for the time that drawing them takes.

Every second image is a random one: a model that learns from chosen images alone gets worse in the end, because they are
unlike the others. The gain is taken to grow with the sum over the classes of ln(1 + n), n the labelled objects of a
class: each further object of a class adds less, as in the estimate of when to stop (stopping.py). So rare classes come
first, and images with many objects of a class that is known well come last.

A model does not find objects of a class that it has never seen. So all images are picked at random while a class has
neither labelled nor predicted objects. If such a class is still missing after LOOKED_THROUGH finished images, it counts
as rare, and the gain decides as usual.
"""

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.ask.strategies.random import RANDOM
from fewclicks.ask.strategies.spec import BoxQuery, ImageQuery, Strategy

LOOKED_THROUGH = 10


def _images(query: ImageQuery) -> Int64[np.ndarray, "K"]:
    """Pick greedily and at random in turn; what earlier picks are expected to contain counts as labelled."""
    if _lacks_a_class(query):
        return RANDOM.images(query)
    classes = np.union1d(query.pool.class_ids, np.array(list(query.labelled), np.int64))
    expected = _expected(query, classes)
    seconds = query.costs.look + query.costs.drawn * expected.sum(1)
    labelled = np.array([query.labelled.get(each, 0) for each in classes.tolist()], np.float64)
    picked, is_open = list[int](), np.ones(len(expected), bool)
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


def _lacks_a_class(query: ImageQuery) -> bool:
    """Return whether a class that nobody has seen yet may still be in many images."""
    seen = {*np.unique(query.pool.class_ids).tolist(), *(each for each, count in query.labelled.items() if count)}
    return not query.labelled.keys() <= seen and len(query.known) < LOOKED_THROUGH


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

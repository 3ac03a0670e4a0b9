"""The order in which finishing the images teaches a model most, for the list of images in the page."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64

from fewclicks.application.suggestion_pool import suggested_boxes, suggestion_pool
from fewclicks.ask.costs import Costs
from fewclicks.ask.pool import Pool
from fewclicks.ask.strategies.gain import GAIN
from fewclicks.ask.strategies.spec import ImageQuery
from fewclicks.store.log import Log

MOST = 200  # images in the order
SEED = 0  # of the random images: the order stays the same until something changes


def most_to_learn(log: Log) -> list[int]:
    """Return the ids of at most MOST images to do, in the order of the strategy `gain`; none without suggested boxes.

    Learning rounds read neither large images nor those with a problem, so these are left out.
    """
    rows = [row for row in log.summaries() if row.status != "done" and row.problem is None and not row.large]
    present = {row.id for row in log.classes()}
    boxes = [item for row in rows for item in suggested_boxes(log.proposals(row.id))]
    pool = suggestion_pool([item for item in boxes if item.subject["class_id"] in present])
    if not len(pool):
        return []
    images = np.array([row.id for row in rows], np.int64)
    return images[GAIN.images(_query(images, pool, _labelled(log)))].tolist()


def _query(images: Int64[np.ndarray, "I"], pool: Pool, labelled: Mapping[int, int]) -> ImageQuery:
    count, rng = min(MOST, len(images)), np.random.default_rng(SEED)
    features = np.zeros((len(images), 0), np.float32)
    return ImageQuery(images, pool, features, features[:0], labelled, Costs(), count, rng)


def _labelled(log: Log) -> Counter[int]:
    """Return the number of accepted objects of each class."""
    found = Counter[int]()
    for (_, class_id), count in log.counts.all().items():
        found[class_id] += count.annotations
    return found

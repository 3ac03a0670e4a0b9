"""The order in which finishing the images teaches a model most, for the list of images in the page."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64

from fewclicks.application.answers.suggested_boxes import all_boxes_of
from fewclicks.ask.costs import Costs
from fewclicks.ask.pool import Pool
from fewclicks.ask.strategies.gain import GAIN
from fewclicks.ask.strategies.spec import ImageQuery
from fewclicks.store.log import Log
from fewclicks.work.items import LOWEST_CONFIDENCE

MOST = 200  # images in the order
SEED = 0  # of the random images: the order stays the same until something changes


def most_to_learn(log: Log) -> list[int]:
    """Return the ids of at most MOST images to do, in the order of the strategy `gain`; none without suggested boxes.

    Learning rounds read neither large images nor those with a problem, so these are left out.
    """
    rows = log.summaries()
    open_ones = [row for row in rows if row.status != "done" and row.problem is None and not row.large]
    images, finished = np.array([row.id for row in open_ones], np.int64), sum(row.status == "done" for row in rows)
    pool = _pool(log, images)
    labelled = {row.id: 0 for row in log.classes()} | log.counts.accepted()
    return images[GAIN.images(_query(images, pool, labelled, finished))].tolist() if len(pool) else []


def _pool(log: Log, images: Int64[np.ndarray, "I"]) -> Pool:
    """Return the boxes of present classes that are suggested in these images."""
    present, own = [row.id for row in log.classes()], set(images.tolist())
    suggestions = [each for each in log.suggested_boxes() if each.image_id in own]
    ids, counts = [each.image_id for each in suggestions], [len(each.boxes) for each in suggestions]
    numbers, every = np.repeat(np.array(ids, np.int64), counts), all_boxes_of(suggestions)
    kept = np.isin(every.class_ids, present) & (every.scores >= LOWEST_CONFIDENCE)
    scores, features = every.scores[kept, None], np.zeros((kept.sum(), 0), np.float32)
    return Pool(numbers[kept], every.boxes[kept], every.class_ids[kept], scores, features)


def _query(images: Int64[np.ndarray, "I"], pool: Pool, labelled: Mapping[int, int], finished: int) -> ImageQuery:
    count, rng = min(MOST, len(images)), np.random.default_rng(SEED)
    features, known = (np.zeros((number, 0), np.float32) for number in (len(images), finished))
    return ImageQuery(images, pool, features, known, labelled, Costs(), count, rng)

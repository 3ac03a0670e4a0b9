"""The next questions about boxes: a strategy's picks among the boxes that nobody has judged."""

from collections.abc import Collection, Mapping

import numpy as np
from jaxtyping import Float64

from fewclicks.ask.pool import Pool, is_free
from fewclicks.ask.strategies.spec import BoxQuery, Strategy
from fewclicks.ask.strategies.turns import in_turn

SPARE = 2  # boxes for each question: some fall away, because the answer about another box covers them


def questions(
    pool: Pool,
    judged: Mapping[int, Float64[np.ndarray, "_ 5"]],
    full: Collection[int],
    strategy: Strategy,
    count: int,
    rng: np.random.Generator,
    by_class: bool = True,
) -> Pool:
    """Return boxes to ask about, in their order: SPARE times `count`, or fewer when there are no more.

    judged: by image number, the boxes that were labelled or rejected. full: the images of which everything is labelled.
    With `by_class` the predicted classes take turns, and the strategy chooses within each. Ask until `count` are
    answered; skip a box that an answer has covered meanwhile. Raises InputError for a pool that lacks what the strategy
    needs.
    """
    free = is_free(pool, judged) & ~np.isin(pool.images, list(full))
    open_ones, known, wanted = pool.where(free), pool.features[~free], SPARE * count
    if not by_class:
        return open_ones.where(strategy.boxes(BoxQuery(open_ones, wanted, known, rng)))
    order = [np.zeros(0, np.int64)]
    for class_id in np.unique(open_ones.class_ids).tolist():
        own = np.flatnonzero(open_ones.class_ids == class_id)
        order.append(own[strategy.boxes(BoxQuery(open_ones.where(own), wanted, known, rng))])
    picked: Pool = open_ones.where(in_turn(np.concatenate(order), open_ones.class_ids)[:wanted])
    return picked

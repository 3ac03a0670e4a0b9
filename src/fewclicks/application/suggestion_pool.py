"""The suggested boxes of a project as a pool that strategies choose from."""

from collections.abc import Iterable

import numpy as np

from fewclicks.ask.pool import Pool
from fewclicks.store.proposals import Proposals
from fewclicks.work.items import LOWEST_CONFIDENCE

Place = tuple[int, tuple[float, ...]]
"""An image and a suggested box in it, as stored."""


def suggestion_pool(suggestions: Iterable[Proposals]) -> Pool:
    """Return the boxes that can be asked about, by image id; the only probability of each is its confidence."""
    rows = [
        (each.image_id, box, score, class_id)
        for each in suggestions
        for box, score, class_id in zip(each.boxes, each.scores, each.class_ids, strict=True)
        if score >= LOWEST_CONFIDENCE
    ]
    images, boxes, scores, class_ids = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Pool(
        np.array(images, np.int64),
        np.array(boxes, np.float64).reshape(-1, 5),
        np.array(class_ids, np.int64),
        np.array(scores, np.float64).reshape(-1, 1),
        np.zeros((len(rows), 0), np.float32),
    )


def places_of(pool: Pool) -> list[Place]:
    """Return where the boxes of a pool are, in their order."""
    return [(image, tuple(box)) for image, box in zip(pool.images.tolist(), pool.boxes.tolist(), strict=True)]

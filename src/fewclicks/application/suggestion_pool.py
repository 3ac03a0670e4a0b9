"""The suggested boxes of a project as a pool that strategies choose from."""

from collections.abc import Sequence

import numpy as np

from fewclicks.ask.pool import Pool
from fewclicks.store.proposals import Proposals
from fewclicks.store.work import WorkItem
from fewclicks.work.items import items_of


def suggested_boxes(suggestions: Proposals) -> list[WorkItem]:
    """Return a work item for each suggested box of an image that can be asked about."""
    return [item for item in items_of(suggestions) if item.kind == "box"]


def suggestion_pool(boxes: Sequence[WorkItem]) -> Pool:
    """Return the boxes, in their order and by image id; the only probability of each is its confidence."""
    subjects = [item.subject for item in boxes]
    return Pool(
        np.array([item.image_id for item in boxes], np.int64),
        np.array([subject["box"] for subject in subjects], np.float64).reshape(-1, 5),
        np.array([subject["class_id"] for subject in subjects], np.int64),
        np.array([subject["score"] for subject in subjects], np.float64).reshape(-1, 1),
        np.zeros((len(boxes), 0), np.float32),
    )

"""Which suggested boxes cost more time than they save, learnt from the images that people finished after a round."""

from collections import defaultdict

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.application.answers.suggested_boxes import box_of, boxes_of
from fewclicks.application.asked import finished_rounds
from fewclicks.ask.assist import NEUTRAL, Verified, limit_of, outcomes
from fewclicks.ask.costs import Costs
from fewclicks.methods.spec import Role
from fewclicks.store.log import Log
from fewclicks.store.shapes import shape_from_json

ROUNDS = 2  # the latest ones, as in the simulation: suggestions of earlier versions were less often right


def learnt_limits(log: Log, role: Role) -> dict[int, float]:
    """Return by class id the lowest confidence worth showing; above 1: none is.

    The suggestions of the latest ROUNDS rounds are compared with the accepted objects of the images that were set to
    done since. Classes without such a suggestion are left out.
    """
    known: defaultdict[int, list[Verified]] = defaultdict(list)
    left = {row.id for row in log.summaries() if row.status == "done"}
    for row in finished_rounds(log, role)[:ROUNDS]:
        for change in log.event(row.result["event"]).outcome.proposals:
            suggested = change.after
            if suggested.image_id in left and suggested.weights == row.result["weights"]:
                left.remove(suggested.image_id)
                for each in outcomes(boxes_of(suggested), *_objects(log, suggested.image_id)):
                    known[each.class_id].append(each)
    return {class_id: limit_of(own, NEUTRAL, Costs()) for class_id, own in known.items()}


def _objects(log: Log, image_id: int) -> tuple[Float64[np.ndarray, "N 5"], Int64[np.ndarray, "N"]]:
    """Return the boxes around the accepted objects of an image, and their classes."""
    accepted = [each for each in log.annotations(image_id) if each.state == "accepted"]
    found = [(box_of(shape_from_json(each.shape)), each.class_id) for each in accepted if each.shape]
    boxes = np.array([box for box, _ in found], np.float64).reshape(-1, 5)
    return boxes, np.array([class_id for _, class_id in found], np.int64)

"""The oracle's rule: what a person who knows all objects answers about a box (box-active-learning, Sec. 4)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.ask.pool import SAME_IOU
from fewclicks.geometry import oriented

RIGHT_IOU = 0.7  # from which on a box of the right class is right as it stands
NOTHING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The answer about a box.

    kind: the box is right as it stands, has to be corrected, or is no object. box, class_id: after the answer; a box
    that is right or background keeps its coordinates. which: the index of the object, NOTHING for background.
    """

    kind: Literal["right", "corrected", "background"]
    box: Float64[np.ndarray, "5"]
    class_id: int
    which: int


def judge(
    box: Float64[np.ndarray, "5"],
    class_id: int,
    objects: Float64[np.ndarray, "N 5"],
    object_classes: Int64[np.ndarray, "N"],
) -> Verdict:
    """Return the answer about a predicted box.

    It is the object of the greatest IoU, if that is at least 0.5; otherwise it is background.
    """
    overlaps = oriented.pairwise_iou(box[None], objects)[0]
    if overlaps.max(initial=0.0) < SAME_IOU:
        return Verdict("background", box, class_id, NOTHING)
    which = int(overlaps.argmax())
    if overlaps[which] >= RIGHT_IOU and object_classes[which] == class_id:
        return Verdict("right", box, class_id, which)
    return Verdict("corrected", objects[which], int(object_classes[which]), which)

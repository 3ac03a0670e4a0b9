"""Boxes as a network predicts them: relative to a place and a length, continuous in every box.

An upright box is (dx, dy, log w, log h). An oriented one is (dx, dy, s, u, v, p, q): s the logarithm of the square root
of its area; (u, v) = d (cos 2a, sin 2a), where d >= 0 is the logarithm of longer over shorter side and a the angle of
the longer side; (p, q) = (cos 4a, sin 4a). Half a turn changes nothing, nor does a quarter turn that exchanges the
sides, so nothing jumps at the end of the angle's range. At a square, where longer and shorter side change places,
(u, v) goes through 0 from all sides, and (p, q) has the period of a square's angle. Reading it back, (p, q) tell the
angle up to a quarter turn and (u, v) which quarter.
"""

import numpy as np
from jaxtyping import Float, Float64

from fewclicks.geometry.oriented import QUARTER, canonical

CELL = 4.0  # length that a cell's boxes are relative to, in its strides
LARGEST_LOG = 6.0  # of a length: predictions beyond are cut, 400 times the reference is no box


def encode(boxes: Float64[np.ndarray, "N 5"], references: Float[np.ndarray, "N 3"], oriented: bool) -> np.ndarray:
    """Canonical boxes relative to (x, y, length): [N, 4] or, oriented, [N, 7]. Sides are positive."""
    length = references[:, 2:3]
    offset = (boxes[:, :2] - references[:, :2]) / length
    w, h, angle = boxes[:, 2:3], boxes[:, 3:4], boxes[:, 4:5]
    if not oriented:
        return np.concatenate([offset, np.log(w / length), np.log(h / length)], axis=1)
    aspect = np.log(w / h)  # negative where h is longer: the same as the longer side a quarter turn away
    turned = [aspect * np.cos(2 * angle), aspect * np.sin(2 * angle), np.cos(4 * angle), np.sin(4 * angle)]
    return np.concatenate([offset, np.log(w * h / length**2) / 2, *turned], axis=1)


def decode(
    values: Float[np.ndarray, "N V"], references: Float[np.ndarray, "N 3"], oriented: bool
) -> Float64[np.ndarray, "N 5"]:
    """The canonical boxes of what `encode` gives; whatever the numbers are, sides are positive."""
    values, length = values.astype(np.float64), references[:, 2:3].astype(np.float64)
    centre = references[:, :2] + values[:, :2] * length
    logs = np.clip(values[:, 2:], -LARGEST_LOG, LARGEST_LOG)
    if not oriented:
        sides, angle = np.exp(logs) * length, np.zeros_like(length)
    else:
        aspect = np.hypot(logs[:, 1:2], logs[:, 2:3])
        sides = np.exp(logs[:, :1] + np.concatenate([aspect, -aspect], axis=1) / 2) * length
        angle = np.arctan2(values[:, 6:7], values[:, 5:6]) / 4
        quarter = np.rint((np.arctan2(logs[:, 2:3], logs[:, 1:2]) / 2 - angle) / QUARTER)
        angle = angle + quarter * QUARTER
    return canonical(np.concatenate([centre, sides, angle], axis=1))

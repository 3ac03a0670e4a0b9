"""The predicted IoU of each region, from the probabilities of the network alone.

Not in the paper. The pixel-wise loss trains the probability that a pixel belongs to a region: the softmax over the
logits of all regions at this pixel. Sums of these probabilities are the expected intersection of a region's answer with
the true region, and the expected union. Their ratio is the predicted IoU.

This holds once the neighbours of a region have their extreme points. A region that no other competes with fills its
box with certainty, so it has no prediction.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt16

from fewclicks.methods.regions.inference.labelling import HeadOutput, pixels_of, sample

LONGEST = 256  # cells of the grid on which the sums are taken
LARGEST_LOGIT = 40.0  # keeps the exponential finite
SMALLEST = np.float32(1e-30)  # instead of 0 in a divisor
LEAST_CONTESTED = 0.25  # share of a region's box that lies in the boxes of others


def expected_ious(outputs: Mapping[str, HeadOutput], labels: UInt16[np.ndarray, "H W"]) -> dict[str, float]:
    """Return the predicted IoU, 0..1, of each region; the k-th of `outputs`, from 1, has the label k.

    Sums over a large image are taken on a grid of at most LONGEST cells a side. A region without a cell has no
    prediction. A region also has none if the boxes of other regions cover less than LEAST_CONTESTED of its box.
    """
    height, width = labels.shape
    shrink = max(1.0, max(height, width) / LONGEST)
    rows, columns = (max(1, round(side / shrink)) for side in (height, width))
    step = (width / columns, height / rows)
    xs, ys = ((np.arange(count) + 0.5) * size for count, size in zip((columns, rows), step, strict=True))
    seen = labels[ys.astype(int)][:, xs.astype(int)]
    total, boxes = np.full(seen.shape, SMALLEST, np.float32), np.zeros(seen.shape, np.uint16)
    weights = {}
    for number, (target, output) in enumerate(outputs.items(), start=1):
        x0, y0, x1, y1 = pixels_of(output.given.xyxy, (height, width))
        (left, right), (top, bottom) = np.searchsorted(xs, (x0, x1)).tolist(), np.searchsorted(ys, (y0, y1)).tolist()
        if left == right or top == bottom:
            continue
        logits = np.clip(output.logits, -LARGEST_LOGIT, LARGEST_LOGIT)
        weight = np.exp(sample(logits, output.given.window, (left, top, right, bottom), step))
        here = np.s_[top:bottom, left:right]
        total[here] += weight
        boxes[here] += 1
        weights[target] = (number, here, weight)
    found: dict[str, float] = {}
    for target, (number, here, weight) in weights.items():
        if np.count_nonzero(boxes[here] > 1) < LEAST_CONTESTED * weight.size:
            continue
        chances, is_own = weight / total[here], seen[here] == number
        expected, hit = float(chances.sum()), float(np.vdot(chances, is_own))
        found[target] = hit / max(np.count_nonzero(is_own) + expected - hit, float(SMALLEST))
    return found

"""The prediction of the network for all regions of an image."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt16

from fewclicks.methods.regions.inference.labelling import HeadOutput, PixelBox, label_pixels, pixels_of


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The head's output for each region, and the labels that follow: 0 for none, k for the k-th of `outputs`."""

    outputs: Mapping[str, HeadOutput]
    labels: UInt16[np.ndarray, "H W"]

    @property
    def nbytes(self) -> int:
        return self.labels.nbytes + sum(output.nbytes for output in self.outputs.values())


def prediction_of(
    outputs: Mapping[str, HeadOutput], size_hw: tuple[int, int], before: Prediction | None = None
) -> Prediction:
    """Label all pixels; only those inside the boxes of changed, new and removed regions if `before` has the same order.

    The order is the same if the regions of one begin with those of the other.
    """
    if before is None or not _have_same_order(before.outputs, outputs):
        return Prediction(outputs, label_pixels(outputs, size_hw, (0, 0, size_hw[1], size_hw[0])))
    area = _changed_area(before.outputs, outputs, size_hw)
    if area is None:
        return Prediction(outputs, before.labels)
    x0, y0, x1, y1 = area
    labels = before.labels.copy()
    labels[y0:y1, x0:x1] = label_pixels(outputs, size_hw, area)
    return Prediction(outputs, labels)


def _have_same_order(before: Mapping[str, HeadOutput], after: Mapping[str, HeadOutput]) -> bool:
    return all(one == other for one, other in zip(before, after, strict=False))


def _changed_area(
    before: Mapping[str, HeadOutput], after: Mapping[str, HeadOutput], size_hw: tuple[int, int]
) -> PixelBox | None:
    """Return the pixels of the smallest box around all regions whose output changed; None when none did."""
    changed = [target for target in {**before, **after} if before.get(target) is not after.get(target)]
    if not changed:
        return None
    corners = np.array([each[target].given.xyxy for target in changed for each in (before, after) if target in each])
    low, high = corners[:, :2].min(0), corners[:, 2:].max(0)
    return pixels_of((float(low[0]), float(low[1]), float(high[0]), float(high[1])), size_hw)

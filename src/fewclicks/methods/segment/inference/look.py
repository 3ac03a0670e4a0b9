"""A look at a window of the image, and what the looks of a first click say about the quality of its answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, UInt8

from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.windows import Window

AGREES = 0.7  # IoU from which the answers of two windows agree
UNSURE = 1.0  # logits nearer to 0 are unsure
FEATURES = (
    "predicted IoU",
    "mean IoU with the other windows",
    "highest IoU with another window",
    "predicted IoU of the first pass",
    "its lead over the next window",
    "mean certainty",
    "unsure cells by cells of the mask",
    "share of the window",
    "square root of the share of the image",
    "log of the window",
    "log of the window of the first pass",
    "share of windows that agree",
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the network answers in a window.

    quality: the predicted IoU, 0..1, if the network predicts one. first_click: for the answer to a first click, what
    its quality is judged by (`first_click_features`).
    """

    window: Window
    rgb: UInt8[np.ndarray, "G G 3"]
    logits: Float32[np.ndarray, "G G"]
    quality: float | None
    first_click: Float32[np.ndarray, "F"] | None = None

    def mean_with(self, other: "Look") -> "Look":
        """The mean with another look at the same window."""
        known = [each for each in (self.quality, other.quality) if each is not None]
        quality = sum(known) / len(known) if known else None
        return replace(self, logits=(self.logits + other.logits) / 2, quality=quality)


def first_click_features(
    mask: Mask, seen: Look, looks: Sequence[Look], masks: Sequence[Mask]
) -> Float32[np.ndarray, "F"]:
    """Return the `FEATURES` of an answer to a first click.

    mask and seen: the answer, and the look that it comes from in the end. looks: those of the first pass in all
    windows, with their masks; the answer was made from the first one.
    """
    ious = [mask.iou(other) for other in masks[1:]] or [1.0]
    qualities = [look.quality or 0.0 for look in looks]
    on = seen.logits > 0
    return np.array(
        [
            seen.quality or 0.0,
            np.mean(ious),
            max(ious),
            qualities[0],
            qualities[0] - qualities[1] if len(looks) > 1 else 0.0,
            np.abs(np.tanh(seen.logits / 2)).mean(),
            min((np.abs(seen.logits) < UNSURE).sum() / max(1, on.sum()), 2.0),
            on.mean(),
            np.sqrt(mask.area / (mask.size_hw[0] * mask.size_hw[1])),
            np.log(seen.window.width),
            np.log(looks[0].window.width),
            (1 + sum(iou > AGREES for iou in ious[: len(looks) - 1])) / len(looks),
        ],
        np.float32,
    )

"""The ranker M_r (corrective-clicks, Sec. 4.2): predicts the IoU of a mask from how its correction went."""

from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, Float32

from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.onnx_files import open_onnx
from fewclicks.prompts import Click

FEATURE_NAMES = ("clicks in the round", "round", "delta IoU", "max distance", "mean distance")


@dataclass(frozen=True, slots=True)
class RoundFeatures:
    """The five features f1..f5 of Sec. 4.2; no class and no pixels.

    delta_iou is 1 - IoU of the masks before and after the round. Distances are from the round's clicks to
    the border of the mask before the round, over the square root of that mask's area, so that nuclei and
    buses can share one ranker. Before the first click, the box stands for the mask before.
    """

    clicks: int
    round: int
    delta_iou: float
    max_distance: float
    mean_distance: float

    @classmethod
    def from_array(cls, row: Float32[np.ndarray, "5"]) -> "RoundFeatures":
        clicks, round, *rest = row.tolist()
        return cls(int(clicks), int(round), *rest)

    def array(self) -> Float32[np.ndarray, "1 5"]:
        return np.array([astuple(self)], np.float32)


def round_features(before: Mask, after: Mask, clicks: tuple[Click, ...], round: int) -> RoundFeatures:
    """Features of one round: its clicks, and the masks before and after it."""
    distances = _distances_to_border(before, clicks)
    return RoundFeatures(
        len(clicks),
        round,
        1 - before.iou(after),
        float(distances.max(initial=0)),
        float(distances.mean()) if len(distances) else 0.0,
    )


def _distances_to_border(mask: Mask, clicks: tuple[Click, ...]) -> Float[np.ndarray, "N"]:
    if not clicks or mask.area == 0:
        return np.zeros(len(clicks))
    tight = mask.tight()
    crop = np.pad(tight.crop, 1).astype(np.uint8)
    on_border = cv2.findNonZero(crop - cv2.erode(crop, np.ones((3, 3), np.uint8)))
    border = on_border.reshape(-1, 2) + np.array(tight.offset_xy) - 0.5  # half a pixel into it, less the pad
    points = np.array([(click.x, click.y) for click in clicks])
    nearest = [np.hypot(*(border - point).T).min() for point in points]
    return np.array(nearest) / np.sqrt(mask.area)


class Ranker:
    """Predicts the IoU of a mask with the object that the person means, 0..1."""

    def __init__(self, path: Path) -> None:
        """Load a forest from an ONNX file. Raises InputError."""
        self._session = open_onnx(path, threads=1)

    def predicted_iou(self, features: RoundFeatures) -> float:
        (predicted,) = self._session.run(None, {"features": features.array()})
        return float(np.clip(predicted.ravel()[0], 0, 1))

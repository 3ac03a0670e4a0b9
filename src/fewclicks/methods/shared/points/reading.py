"""The scale at which an image is read: neighbouring annotated points are then equally far apart in all images."""

import cv2
import numpy as np
from jaxtyping import Float64, Int64, UInt8

from fewclicks.methods.shared.points.neighbours import Neighbours

SPACING = 36.0  # pixels of the network's input between neighbouring points of a class, in the median
SMALLEST, LARGEST = 0.125, 4.0
STEPS = 4  # scales an octave, so that one more point rarely means another reading
PADDED_TO = 32
ALONE = 8.0  # a class with one point is taken to have this many along the longer side of the image


def reading_scale(
    points_xy: Float64[np.ndarray, "N 2"],
    channels: Int64[np.ndarray, "N"],
    size_hw: tuple[int, int],
    wanted: float = SPACING,
) -> float:
    """Return how many pixels of the network's input a pixel of the image becomes.

    points_xy: the annotated points in image pixels. wanted: input pixels between neighbours. The scale is a power of
    the fourth root of two.
    """
    known = _spacing(points_xy, channels)
    spacing = max(size_hw) / ALONE if known is None else known
    scale = 2 ** (np.rint(np.log2(wanted / max(spacing, 1.0)) * STEPS) / STEPS)
    return float(np.clip(scale, SMALLEST, LARGEST))


def _spacing(points_xy: Float64[np.ndarray, "N 2"], channels: Int64[np.ndarray, "N"]) -> float | None:
    """Return the median distance from a point to the nearest of its class; None when no class has two points."""
    distances = [
        Neighbours(own).spacing() for channel in np.unique(channels) if len(own := points_xy[channels == channel]) > 1
    ]
    return float(np.median(np.concatenate(distances))) if distances else None


def read_at(image: UInt8[np.ndarray, "H W 3"], along_xy: tuple[float, float]) -> UInt8[np.ndarray, "h w 3"]:
    """Return the image scaled by that much along x and y; its last column and row are repeated up to PADDED_TO."""
    goal = tuple(max(1, round(side * scale)) for side, scale in zip(image.shape[1::-1], along_xy, strict=True))
    if goal != image.shape[1::-1]:
        image = cv2.resize(image, goal, interpolation=cv2.INTER_AREA if min(along_xy) < 1 else cv2.INTER_LINEAR)
    bottom, right = (-side % PADDED_TO for side in image.shape[:2])
    return cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE)

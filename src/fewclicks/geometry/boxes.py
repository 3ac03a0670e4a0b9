"""Upright boxes as arrays: x0, y0, x1, y1 in pixels, x0 <= x1 and y0 <= y1."""

import numpy as np
from jaxtyping import Bool, Float64, Int

from fewclicks.geometry.suppression import suppressed


def area(boxes_xyxy: Float64[np.ndarray, "*batch 4"]) -> Float64[np.ndarray, "*batch"]:
    """Area of every box in square pixels; 0 for a box without width or height."""
    sides = np.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0)
    areas: Float64[np.ndarray, "*batch"] = sides[..., 0] * sides[..., 1]
    return areas


def meet(a: Float64[np.ndarray, "N 4"], b: Float64[np.ndarray, "M 4"]) -> Bool[np.ndarray, "N M"]:
    """Whether every box in `a` has a point in common with every box in `b`; touching is enough."""
    before = (a[:, None, :2] <= b[None, :, 2:]).all(2)
    after = (b[None, :, :2] <= a[:, None, 2:]).all(2)
    return np.logical_and(before, after)


def pairwise_iou(a: Float64[np.ndarray, "N 4"], b: Float64[np.ndarray, "M 4"]) -> Float64[np.ndarray, "N M"]:
    """Intersection over union of every box in `a` with every box in `b`.

    Zero-area boxes are allowed and give 0.
    """
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = area(np.concatenate([low, high], axis=2))
    union = area(a)[:, None] + area(b)[None, :] - shared
    iou: Float64[np.ndarray, "N M"] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return iou


def nms(
    boxes_xyxy: Float64[np.ndarray, "N 4"],
    scores: Float64[np.ndarray, "N"],
    iou: float,
    classes: Int[np.ndarray, "N"] | None = None,
) -> Int[np.ndarray, "kept"]:
    """The indices of the boxes that stay, best score first: none overlaps a better one by more than `iou`.

    With `classes` only boxes of one class compete.
    """
    return suppressed(
        scores,
        iou,
        classes,
        lambda best, others: pairwise_iou(boxes_xyxy[best : best + 1], boxes_xyxy[others])[0],
    )

"""Upright boxes as arrays: x0, y0, x1, y1 in pixels, x0 <= x1 and y0 <= y1."""

import numpy as np
from jaxtyping import Float


def area(boxes_xyxy: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch"]:
    """Area of every box in square pixels; 0 for a box without width or height."""
    sides = np.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0)
    areas: Float[np.ndarray, "*batch"] = sides[..., 0] * sides[..., 1]
    return areas


def pairwise_intersection(a: Float[np.ndarray, "N 4"], b: Float[np.ndarray, "M 4"]) -> Float[np.ndarray, "N M"]:
    """Area in square pixels that every box in `a` shares with every box in `b`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    return area(np.concatenate([low, high], axis=2))


def pairwise_iou(a: Float[np.ndarray, "N 4"], b: Float[np.ndarray, "M 4"]) -> Float[np.ndarray, "N M"]:
    """Intersection over union of every box in `a` with every box in `b`.

    Zero-area boxes are allowed and give 0.
    """
    shared = pairwise_intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    iou: Float[np.ndarray, "N M"] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return iou


def clip(boxes_xyxy: Float[np.ndarray, "*batch 4"], size_hw: tuple[int, int]) -> Float[np.ndarray, "*batch 4"]:
    """The part of every box that lies in an image of `size_hw`; a box wholly outside becomes one without area."""
    height, width = size_hw
    clipped: Float[np.ndarray, "*batch 4"] = np.clip(boxes_xyxy, 0, (width, height, width, height))
    return clipped


def box_of_points(points_xy: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "4"]:
    """The smallest box that holds all points. Raises ValueError when there are none."""
    if len(points_xy) == 0:
        raise ValueError("no points: there is no box around nothing")
    return np.concatenate([points_xy.min(0), points_xy.max(0)])

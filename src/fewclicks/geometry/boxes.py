"""Upright boxes as arrays: x0, y0, x1, y1 in pixels, x0 <= x1 and y0 <= y1."""

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float64, Int

from fewclicks.geometry import suppression

PAIRS_AT_ONCE = 2**19
SMALLEST = 1e-6  # pixels: OpenCV takes all boxes without an area for the same


def area(boxes_xyxy: Float64[np.ndarray, "*batch 4"]) -> Float64[np.ndarray, "*batch"]:
    """Area of every box in square pixels; 0 for a box without width or height."""
    sides = np.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0)
    areas: Float64[np.ndarray, "*batch"] = sides[..., 0] * sides[..., 1]
    return areas


Indices = Int[np.ndarray, "K"]


def meeting_pairs(a: Float64[np.ndarray, "N 4"], b: Float64[np.ndarray, "M 4"]) -> Iterator[tuple[Indices, Indices]]:
    """The indices of all boxes of `a` and of `b` that overlap, in portions of about PAIRS_AT_ONCE."""
    yield from _meeting_from_the_left(a, b, "left")
    for j, i in _meeting_from_the_left(b, a, "right"):
        yield i, j


def _meeting_from_the_left(
    a: Float64[np.ndarray, "N 4"], b: Float64[np.ndarray, "M 4"], side: Literal["left", "right"]
) -> Iterator[tuple[Indices, Indices]]:
    """Those pairs in which the box of `b` begins inside the one of `a`, or, with `left`, where that begins."""
    order = np.argsort(b[:, 0])
    begins = b[order, 0]
    first = np.searchsorted(begins, a[:, 0], side)
    counts = np.maximum(np.searchsorted(begins, a[:, 2], "left") - first, 0)
    portions = np.searchsorted(np.cumsum(counts), np.arange(PAIRS_AT_ONCE, counts.sum(), PAIRS_AT_ONCE))
    for rows in np.split(np.arange(len(a)), np.unique(portions)):
        i = np.repeat(rows, counts[rows])
        starts = np.cumsum(counts[rows]) - counts[rows]
        j = order[np.repeat(first[rows] - starts, counts[rows]) + np.arange(len(i))]
        overlap = (a[i, 1] < b[j, 3]) & (b[j, 1] < a[i, 3])
        yield i[overlap], j[overlap]


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
    order = np.argsort(-scores, kind="stable")
    placed = (boxes_xyxy if classes is None else apart(boxes_xyxy, classes))[order]
    sides = np.maximum(placed[:, 2:] - placed[:, :2], SMALLEST)
    ranks = range(len(order), 0, -1)  # scores would be rounded
    kept = cv2.dnn.NMSBoxes(np.concatenate([placed[:, :2], sides], axis=1), ranks, 0, iou)  # type: ignore[arg-type]
    return order[np.array(kept, np.int64).ravel()]


def voted(
    boxes_xyxy: Float64[np.ndarray, "N 4"],
    scores: Float64[np.ndarray, "N"],
    kept: Int[np.ndarray, "kept"],
    iou: float,
    classes: Int[np.ndarray, "N"],
) -> Float64[np.ndarray, "kept 4"]:
    """What `nms` kept, each box as the mean of all of its class that it overlaps by more than `iou`, by scores."""
    placed = apart(boxes_xyxy, classes)
    pairs = meeting_pairs(placed[kept], placed)
    return suppression.voted(
        boxes_xyxy,
        scores,
        kept,
        iou,
        pairs,
        lambda i, j: _iou_of_pairs(placed[i], placed[j]),
        lambda _, j: boxes_xyxy[j],
    )


def _iou_of_pairs(a: Float64[np.ndarray, "K 4"], b: Float64[np.ndarray, "K 4"]) -> Float64[np.ndarray, "K"]:
    shared = area(np.concatenate([np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])], axis=1))
    union = area(a) + area(b) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def apart(boxes_xyxy: Float64[np.ndarray, "N 4"], classes: Int[np.ndarray, "N"]) -> Float64[np.ndarray, "N 4"]:
    """The boxes with those of every class moved sideways, so far that no box meets one of another class."""
    width = boxes_xyxy[:, 2].max(initial=0) - boxes_xyxy[:, 0].min(initial=0) + 1
    _, number = np.unique(classes, return_inverse=True)
    return boxes_xyxy + (number * width)[:, None] * np.array([1, 0, 1, 0])

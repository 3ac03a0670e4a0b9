"""The simulated person of c3det, Sec. 5.2: clicks on objects taken at random, each with its class."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.prompts import ClassClick

EDGE = 0.5  # pixels: clicks stay in the middle of the outermost pixels


@dataclass(frozen=True)
class Step:
    """What a person adds at once: clicks, and the objects that they are on."""

    objects: Int64[np.ndarray, "K"]
    clicks: tuple[ClassClick, ...]


def session(
    boxes: Float64[np.ndarray, "N 5"],
    class_ids: Int64[np.ndarray, "N"],
    size_hw: tuple[int, int],
    steps: int,
    rng: np.random.Generator,
    per_class: bool = False,
    noise_px: float = 0.0,
) -> list[Step]:
    """The clicks that a person adds at each of so many steps: at the centre of a box (cx, cy, w, h, angle; pixels).

    A step is one click on a random object that was not clicked before; with `per_class`, one on an object of each
    class that has any left. When none is left, no clicks follow. `noise_px` is the standard deviation of a click.
    """
    order = rng.permutation(len(boxes))
    turn = _turn_in_class(class_ids[order]) if per_class else np.arange(len(order))
    moved = boxes[order, :2] + rng.normal(0.0, noise_px, (len(order), 2))
    height, width = size_hw
    points = np.clip(moved, EDGE, np.maximum([width - EDGE, height - EDGE], EDGE))
    clicks = [ClassClick(x, y, int(known)) for (x, y), known in zip(points.tolist(), class_ids[order], strict=True)]
    chosen = (np.flatnonzero(turn == step) for step in range(steps))
    return [Step(order[found], tuple(clicks[index] for index in found)) for found in chosen]


def _turn_in_class(class_ids: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "N"]:
    """0 for the first of each class, 1 for the second, and so on."""
    turns = np.zeros(len(class_ids), np.int64)
    for class_id in np.unique(class_ids):
        own = class_ids == class_id
        turns[own] = np.arange(own.sum())
    return turns

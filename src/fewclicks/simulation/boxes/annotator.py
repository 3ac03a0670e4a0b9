"""The simulated annotator of c3det, Sec. 5.2: prompts on random objects, each with its class."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fewclicks.geometry import oriented
from fewclicks.prompts import BoxPrompt, ClassClick, Prompt
from fewclicks.simulation.boxes.settings import PromptKind

EDGE = 0.5  # pixels: clicks stay in the middle of the outermost pixels


@dataclass(frozen=True, slots=True)
class Habits:
    """How the annotator works.

    clicks: the maximum in an image, with `per_class` in each class of it. sessions: passes over the data. noise_px:
    standard deviation of a click in pixels. wrong_class: the share of clicks with a wrong class, 0..1.
    """

    clicks: int = 20
    sessions: int = 5
    per_class: bool = False
    noise_px: float = 0.0
    wrong_class: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Step:
    """One round: clicks, and the objects that they are on."""

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
    wrong_class: float = 0.0,
    classes: Collection[int] = (),
) -> list[Step]:
    """Return the clicks of each of `steps` rounds, at the centres of boxes (cx, cy, w, h, angle; pixels).

    A round is one click on a random object that was not clicked before; with `per_class`, one click on an object of
    each class that has objects left. When none are left, rounds are empty. `noise_px` is the standard deviation of a
    click. A share `wrong_class` of the clicks has another one of `classes`, at random.
    """
    order = rng.permutation(len(boxes))
    turn = _turn_in_class(class_ids[order]) if per_class else np.arange(len(order))
    moved = boxes[order, :2] + rng.normal(0.0, noise_px, (len(order), 2))
    height, width = size_hw
    points = np.clip(moved, EDGE, np.maximum([width - EDGE, height - EDGE], EDGE))
    said = _mistaken(class_ids[order], wrong_class, classes, rng) if wrong_class else class_ids[order]
    clicks = [ClassClick(x, y, class_id) for (x, y), class_id in zip(points.tolist(), said.tolist(), strict=True)]
    chosen = (np.flatnonzero(turn == step) for step in range(steps))
    return [Step(order[found], tuple(clicks[index] for index in found)) for found in chosen]


def _mistaken(
    class_ids: Int64[np.ndarray, "N"], share: float, classes: Collection[int], rng: np.random.Generator
) -> Int64[np.ndarray, "N"]:
    """Return the class ids, a share of them replaced by others of `classes`."""
    others = [np.setdiff1d([*classes], [class_id]) for class_id in class_ids]
    mistakes = rng.random(len(class_ids)) < share
    pairs = zip(class_ids.tolist(), mistakes.tolist(), others, strict=True)
    return np.array([rng.choice(other) if wrong else class_id for class_id, wrong, other in pairs], np.int64)


def _turn_in_class(class_ids: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "N"]:
    """Return 0 for the first object of each class, 1 for the second, and so on."""
    turns = np.zeros(len(class_ids), np.int64)
    for class_id in np.unique(class_ids):
        own = class_ids == class_id
        turns[own] = np.arange(own.sum())
    return turns


def prompts_of(
    clicks: tuple[ClassClick, ...], boxes: Float64[np.ndarray, "N 5"], kind: PromptKind
) -> tuple[Prompt, ...]:
    """Return the clicks as prompts of `kind`: as they are, or the boxes that they stand for."""
    return clicks if kind == "click" else tuple(box for click in clicks for box in _boxes_at(click, boxes))


def _boxes_at(click: ClassClick, boxes: Float64[np.ndarray, "N 5"]) -> tuple[BoxPrompt, ...]:
    """Return the smallest ground-truth box at a click, upright, in the clicked class; none beside all objects."""
    own = boxes[oriented.contains(boxes, click.x, click.y)]
    if not len(own):
        return ()
    x0, y0, x1, y1 = oriented.enclosing(own[oriented.area(own).argmin()]).tolist()
    return (BoxPrompt(x0, y0, x1, y1, class_id=click.class_id),)

"""What the head reads about each region: its box, its window, and the annotations in reach of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fewclicks.methods.regions.inference.region_prompts import Points, RegionPrompts
from fewclicks.methods.shared.windows import Window
from fewclicks.prompts import XYXY

CONTEXT = 1.2  # side of a region's window, relative to the side of its box
POINT_DIAMETER = 6.0  # image pixels (Sec. 3.2)
REACH = POINT_DIAMETER / 2  # pixels: a mark this near to a box meets it


@dataclass(frozen=True, slots=True)
class Mark:
    """A drawing on an annotation map: an extreme point, or the stroke of a scribble."""

    points: Points
    stroke: bool


@dataclass(frozen=True, slots=True)
class HeadInput:
    """One region as the head reads it; equal inputs give equal logits.

    own: the marks of the region. others: the marks of other regions that meet the box.
    """

    xyxy: XYXY
    window: Window
    own: tuple[Mark, ...]
    others: tuple[Mark, ...]


def head_inputs(regions: Mapping[str, RegionPrompts]) -> dict[str, HeadInput]:
    """Return the input of each region. Marks of other regions are left out unless they meet the box."""
    own = {target: _marks(region) for target, region in regions.items()}
    marks = [(target, mark) for target, drawn in own.items() for mark in drawn]
    points = np.array([point for _, mark in marks for point in mark.points])
    starts = np.cumsum([0, *(len(mark.points) for _, mark in marks[:-1])])
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    inputs = {}
    for target, region in regions.items():
        first, last = np.array(region.xyxy[:2]) - REACH, np.array(region.xyxy[2:]) + REACH
        near = np.flatnonzero(((low < last) & (high > first)).all(1))
        others = tuple(marks[index][1] for index in near if marks[index][0] != target)
        inputs[target] = HeadInput(region.xyxy, region_window(region.xyxy), own[target], others)
    return inputs


def region_window(xyxy: XYXY) -> Window:
    """Return the box with some context; as in RoIAlign each side is scaled to the grid on its own."""
    x0, y0, x1, y1 = xyxy
    width, height = max(8, round((x1 - x0) * CONTEXT)), max(8, round((y1 - y0) * CONTEXT))
    return Window(round((x0 + x1 - width) / 2), round((y0 + y1 - height) / 2), width, height)


def _marks(region: RegionPrompts) -> tuple[Mark, ...]:
    points = (Mark((point,), stroke=False) for point in region.extremes)
    return (*points, *(Mark(scribble, stroke=True) for scribble in region.scribbles))

"""The prompts of a partition, sorted by region."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from fewclicks.errors import InputError
from fewclicks.prompts import XYXY, ExtremePoints, MaskPrompt, Prompt, Scribble

SMALLEST_SIDE = 1.0  # pixels: the minimum width and height of a box
STROKE_WIDTH = 3.0  # image pixels (Sec. 3.2)

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class RegionPrompts:
    """All prompts of one region; `xyxy` is its box, which lies inside the image."""

    target: str
    extremes: Points
    xyxy: XYXY
    scribbles: tuple[Points, ...]


def masks_and_rest(
    prompts: Sequence[Prompt],
) -> tuple[tuple[MaskPrompt, ...], tuple[ExtremePoints | Scribble, ...]]:
    """Divide `prompts` into masks and all others, each in order. Raises InputError for other kinds of prompt."""
    masks: list[MaskPrompt] = []
    rest: list[ExtremePoints | Scribble] = []
    for prompt in prompts:
        if isinstance(prompt, MaskPrompt):
            masks.append(prompt)
        elif isinstance(prompt, ExtremePoints | Scribble):
            rest.append(prompt)
        else:
            kind = prompt.kind.replace("_", " ")
            raise InputError(f"expected extreme points, scribbles or masks, got {kind!r}")
    return tuple(masks), tuple(rest)


def sort_by_region(prompts: Sequence[ExtremePoints | Scribble], size_hw: tuple[int, int]) -> dict[str, RegionPrompts]:
    """Return the prompts of each region, in order of appearance. A scribble beyond the box of its region widens it.

    Raises InputError for a box without area, points outside the image, a scribble of a region without extreme points,
    extreme points given twice for a region, and no prompts at all.
    """
    extremes: dict[str, ExtremePoints] = {}
    scribbles: dict[str, list[Points]] = {}
    for prompt in prompts:
        if isinstance(prompt, ExtremePoints):
            if prompt.target in extremes:
                raise InputError(f"region {prompt.target!r} has extreme points already; use a scribble")
            _check_extremes(prompt, size_hw)
            extremes[prompt.target], scribbles[prompt.target] = prompt, []
        elif prompt.target in extremes:
            _check_scribble(prompt, size_hw)
            scribbles[prompt.target].append(prompt.points_xy)
        else:
            raise InputError(f"region {prompt.target!r} has no extreme points; click them before scribbles")
    if not extremes:
        raise InputError("expected extreme points of at least one region, got none; add them")
    return {target: _region(each, scribbles[target], size_hw) for target, each in extremes.items()}


def _region(extremes: ExtremePoints, scribbles: Sequence[Points], size_hw: tuple[int, int]) -> RegionPrompts:
    xyxy = _widened(extremes.xyxy, scribbles, size_hw) if scribbles else extremes.xyxy
    return RegionPrompts(extremes.target, extremes.points_xy, xyxy, tuple(scribbles))


def _widened(xyxy: XYXY, scribbles: Sequence[Points], size_hw: tuple[int, int]) -> XYXY:
    """Return the smallest box around a box and the strokes of scribbles, inside the image."""
    xs, ys = zip(*chain.from_iterable(scribbles), strict=True)
    half = STROKE_WIDTH / 2
    x0, y0 = min(xyxy[0], max(min(xs) - half, 0)), min(xyxy[1], max(min(ys) - half, 0))
    x1, y1 = max(xyxy[2], min(max(xs) + half, size_hw[1])), max(xyxy[3], min(max(ys) + half, size_hw[0]))
    return x0, y0, x1, y1


def _check_extremes(prompt: ExtremePoints, size_hw: tuple[int, int]) -> None:
    _check_inside(prompt.points_xy, size_hw, "extreme point")
    x0, y0, x1, y1 = prompt.xyxy
    if x1 - x0 < SMALLEST_SIDE or y1 - y0 < SMALLEST_SIDE:
        raise InputError("the extreme points lie on a line; choose points at least 1 pixel apart in x and in y")


def _check_scribble(scribble: Scribble, size_hw: tuple[int, int]) -> None:
    if not scribble.points_xy:
        raise InputError("the scribble has no points; draw it again")
    _check_inside(scribble.points_xy, size_hw, "scribble")


def _check_inside(points: Points, size_hw: tuple[int, int], what: str) -> None:
    for x, y in points:
        if not (0 <= x <= size_hw[1] and 0 <= y <= size_hw[0]):  # false for NaN too
            raise InputError(
                f"the {what} at ({x:g}, {y:g}) is outside the {size_hw[1]}x{size_hw[0]} image; move it inside"
            )

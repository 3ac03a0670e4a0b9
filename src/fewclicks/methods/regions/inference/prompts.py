"""What the head sees of a history: for every region its box, its window, and its annotation maps.

Full-image-scribbles, Sec. 3.2: the annotations of region i are one map, those of all others a second one (Eq. 2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.methods.shared.colour import with_colour
from fewclicks.methods.shared.windows import Window
from fewclicks.prompts import ExtremePoints, History, Scribble

GRID = 96  # side of the maps, of the window's pixels and of a region's answer
CONTEXT = 1.2  # sides of a region's window over those of its box
MAP_CHANNELS = 4  # box, own annotations, those of others, and the previous mask that the colour maps know (none here)
SMALLEST_SIDE = 1.0  # pixels that a box needs in both directions
POINT_DIAMETER, STROKE_WIDTH = 6.0, 3.0  # image pixels (Sec. 3.2)
MEETS = POINT_DIAMETER / 2  # a mark meets a box when it comes this near
THINNEST, THICKEST = 2.0, 6.0  # cells that a point or a stroke covers at least and at most
SUBCELL = 4  # bits of a coordinate below the cell when drawing

Points = tuple[tuple[float, float], ...]
XYXY = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RegionPrompts:
    """Everything a person gave for one region; `xyxy` is the box of it, within the image."""

    region: str
    extremes: Points
    xyxy: XYXY
    scribbles: tuple[Points, ...] = field(default=())


def regions_of(history: History, size_hw: tuple[int, int]) -> dict[str, RegionPrompts]:
    """The history sorted by region, in order of appearance. Scribbles beyond a region's box widen the box.

    Raises InputError for a box without area, points outside the image, a scribble of an unknown region, a region
    given twice, and prompts that this method does not know.
    """
    regions: dict[str, RegionPrompts] = {}
    for step in history:
        if isinstance(step, ExtremePoints):
            if step.region in regions:
                raise InputError(f"the region {step.region!r} has extreme points already")
            regions[step.region] = _with_extremes(step, size_hw)
        elif isinstance(step, Scribble):
            if step.region not in regions:
                raise InputError(f"a scribble needs a region with extreme points, {step.region!r} has none")
            regions[step.region] = _with_scribble(regions[step.region], step, size_hw)
        else:
            raise InputError(f"expected extreme points or scribbles, got a {type(step).__name__}")
    if not regions:
        raise InputError("expected extreme points of a region, got nothing")
    return regions


def _with_extremes(step: ExtremePoints, size_hw: tuple[int, int]) -> RegionPrompts:
    _check_inside(step.points_xy, size_hw, "extreme point")
    x0, y0, x1, y1 = step.xyxy
    if x1 - x0 < SMALLEST_SIDE or y1 - y0 < SMALLEST_SIDE:
        raise InputError("the extreme points lie on a line: the region needs a width and a height of a pixel at least")
    return RegionPrompts(step.region, step.points_xy, step.xyxy)


def _with_scribble(region: RegionPrompts, step: Scribble, size_hw: tuple[int, int]) -> RegionPrompts:
    if not step.points_xy:
        raise InputError("a scribble needs a point at least")
    _check_inside(step.points_xy, size_hw, "scribble")
    xs, ys = zip(*step.points_xy, strict=True)
    half = STROKE_WIDTH / 2
    x0, y0 = min(region.xyxy[0], max(min(xs) - half, 0)), min(region.xyxy[1], max(min(ys) - half, 0))
    x1, y1 = max(region.xyxy[2], min(max(xs) + half, size_hw[1])), max(region.xyxy[3], min(max(ys) + half, size_hw[0]))
    return replace(region, xyxy=(x0, y0, x1, y1), scribbles=(*region.scribbles, step.points_xy))


def _check_inside(points: Points, size_hw: tuple[int, int], what: str) -> None:
    for x, y in points:
        if not (0 <= x <= size_hw[1] and 0 <= y <= size_hw[0]):  # NaN is nowhere
            raise InputError(f"the {what} at ({x:g}, {y:g}) is outside the {size_hw[1]}x{size_hw[0]} image")


def region_window(xyxy: XYXY) -> Window:
    """The box with some of its surroundings; as in RoIAlign its sides are scaled to the grid one by one."""
    x0, y0, x1, y1 = xyxy
    width, height = max(8, round((x1 - x0) * CONTEXT)), max(8, round((y1 - y0) * CONTEXT))
    return Window(round((x0 + x1 - width) / 2), round((y0 + y1 - height) / 2), width, height)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn on an annotation map: an extreme point, or the stroke of a scribble."""

    points: Points
    stroke: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What the head is asked about one region: equal questions have equal answers.

    `others`: the marks of other regions that meet the box.
    """

    xyxy: XYXY
    window: Window
    own: tuple[Mark, ...]
    others: tuple[Mark, ...]


def questions_about(regions: Mapping[str, RegionPrompts]) -> dict[str, Question]:
    """The question about each region; of others' marks those make a difference to it that meet its box."""
    own = {name: _marks(region) for name, region in regions.items()}
    marks = [(name, mark) for name, its in own.items() for mark in its]
    low, high = (
        np.array([[pick(axis) for axis in zip(*mark.points, strict=True)] for _, mark in marks]) for pick in (min, max)
    )
    questions = {}
    for name, region in regions.items():
        window = region_window(region.xyxy)
        first, last = np.array(region.xyxy[:2]) - MEETS, np.array(region.xyxy[2:]) + MEETS
        reach = np.flatnonzero(((low < last) & (high > first)).all(1))
        others = tuple(marks[index][1] for index in reach if marks[index][0] != name)
        questions[name] = Question(region.xyxy, window, own[name], others)
    return questions


def _marks(region: RegionPrompts) -> tuple[Mark, ...]:
    points = (Mark((point,), stroke=False) for point in region.extremes)
    return (*points, *(Mark(scribble, stroke=True) for scribble in region.scribbles))


def annotation_maps(question: Question) -> UInt8[np.ndarray, "3 G G"]:
    """The region's box, its annotations, and those of all others, in its window (Eq. 2); 0 or 255, edges smooth."""
    maps, window = np.zeros((3, GRID, GRID), np.uint8), question.window
    x0, y0, x1, y1 = np.rint(window.to_map(np.array(question.xyxy).reshape(2, 2), GRID)).astype(int).ravel()
    maps[0, max(y0, 0) : max(y1, y0 + 1), max(x0, 0) : max(x1, x0 + 1)] = 255
    _draw(maps[1], question.own, window)
    _draw(maps[2], question.others, window)
    return maps


def _draw(into: UInt8[np.ndarray, "G G"], marks: Sequence[Mark], window: Window) -> None:
    if not marks:
        return
    scale = GRID / np.sqrt(window.width * window.height)
    diameter, width = (float(np.clip(size * scale, THINNEST, THICKEST)) for size in (POINT_DIAMETER, STROKE_WIDTH))
    cells = _cells([point for mark in marks for point in mark.points], window)
    ends = np.cumsum([len(mark.points) for mark in marks])
    for mark, its in zip(marks, np.split(cells, ends[:-1]), strict=True):
        if len(its) > 1:
            cv2.polylines(into, [its], False, 255, max(1, round(width)), cv2.LINE_AA, SUBCELL)
        else:
            _disk(into, its[0], width if mark.stroke else diameter)


def _disk(into: UInt8[np.ndarray, "G G"], centre: np.ndarray, diameter: float) -> None:
    cv2.circle(into, centre.tolist(), round(diameter / 2 * 2**SUBCELL), 255, -1, cv2.LINE_AA, SUBCELL)


def _cells(points: Sequence[tuple[float, float]], window: Window) -> np.ndarray:
    """Where OpenCV, for which a cell's centre is a whole number, draws these points."""
    return np.rint((window.to_map(np.array(points), GRID) - 0.5) * 2**SUBCELL).astype(np.int32)


def head_prompts(
    maps: UInt8[np.ndarray, "3 G G"], rgb: UInt8[np.ndarray, "G G 3"], shared: bool = True
) -> Float32[np.ndarray, "C G G"]:
    """What the head gets: box, own and others' annotations (zeros unless they are `shared`), two colour maps."""
    prompts = np.zeros((MAP_CHANNELS, GRID, GRID), np.float32)
    prompts[:3] = maps / np.float32(255)
    if not shared:
        prompts[2] = 0
    return np.delete(with_colour(prompts, rgb), 3, axis=0)


PROMPT_CHANNELS = 5

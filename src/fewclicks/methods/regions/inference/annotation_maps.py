"""The annotation maps of a region: its own annotations in one map, those of all other regions in a second (Eq. 2)."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from fewclicks.methods.regions.inference.head_inputs import POINT_DIAMETER, HeadInput, Mark
from fewclicks.methods.regions.inference.region_prompts import STROKE_WIDTH
from fewclicks.methods.shared.colour import with_colour
from fewclicks.methods.shared.windows import Window

GRID = 96  # cells of a side of the maps, of the window's pixels and of a region's logits
MAP_CHANNELS = 4  # box, own annotations, others' annotations, and the previous mask of the colour maps (always empty)
PROMPT_CHANNELS = 5
THINNEST, THICKEST = 2.0, 6.0  # minimum and maximum width of a point or a stroke, in cells
SUBCELL = 4  # fractional bits of a coordinate in OpenCV's drawing functions


def annotation_maps(given: HeadInput) -> UInt8[np.ndarray, "3 G G"]:
    """Draw the box, the region's annotations, and the others' annotations (Eq. 2): 0 or 255, with smooth edges."""
    maps, window = np.zeros((3, GRID, GRID), np.uint8), given.window
    x0, y0, x1, y1 = np.rint(window.to_map(np.array(given.xyxy).reshape(2, 2), GRID)).astype(int).ravel()
    maps[0, max(y0, 0) : max(y1, y0 + 1), max(x0, 0) : max(x1, x0 + 1)] = 255
    _draw(maps[1], given.own, window)
    _draw(maps[2], given.others, window)
    return maps


def head_prompts(
    maps: UInt8[np.ndarray, "3 G G"], rgb: UInt8[np.ndarray, "G G 3"], shared: bool = True
) -> Float32[np.ndarray, "C G G"]:
    """Return the prompt channels of the head: box, own annotations, others' annotations, and two colour maps.

    The others' annotations are zeros unless they are `shared`.
    """
    prompts = np.zeros((MAP_CHANNELS, GRID, GRID), np.float32)
    prompts[:3] = maps / np.float32(255)
    if not shared:
        prompts[2] = 0
    return np.delete(with_colour(prompts, rgb), 3, axis=0)


def _draw(into: UInt8[np.ndarray, "G G"], marks: Sequence[Mark], window: Window) -> None:
    if not marks:
        return
    scale = GRID / np.sqrt(window.width * window.height)
    diameter, width = (float(np.clip(size * scale, THINNEST, THICKEST)) for size in (POINT_DIAMETER, STROKE_WIDTH))
    cells = _cells([point for mark in marks for point in mark.points], window)
    ends = np.cumsum([len(mark.points) for mark in marks])
    for mark, path in zip(marks, np.split(cells, ends[:-1]), strict=True):
        if len(path) > 1:
            cv2.polylines(into, [path], False, 255, max(1, round(width)), cv2.LINE_AA, SUBCELL)
        else:
            _disk(into, path[0], width if mark.stroke else diameter)


def _disk(into: UInt8[np.ndarray, "G G"], centre: np.ndarray, diameter: float) -> None:
    cv2.circle(into, centre.tolist(), round(diameter / 2 * 2**SUBCELL), 255, -1, cv2.LINE_AA, SUBCELL)


def _cells(points: Sequence[tuple[float, float]], window: Window) -> np.ndarray:
    """Convert image points to OpenCV's fixed-point coordinates, in which the centre of a cell is a whole number."""
    return np.rint((window.to_map(np.array(points), GRID) - 0.5) * 2**SUBCELL).astype(np.int32)

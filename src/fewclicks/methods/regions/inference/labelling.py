"""The labels of an image from the logits of its regions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt16

from fewclicks.methods.regions.inference.annotation_maps import GRID
from fewclicks.methods.regions.inference.head_inputs import HeadInput
from fewclicks.methods.regions.inference.region_prompts import STROKE_WIDTH
from fewclicks.methods.shared.windows import Window
from fewclicks.prompts import XYXY, Scribble

PixelBox = tuple[int, int, int, int]  # x0, y0, x1, y1


@dataclass(frozen=True, slots=True, eq=False)
class HeadOutput:
    """An input of the head and its logits on the grid of the window; they count inside the box."""

    given: HeadInput
    logits: Float32[np.ndarray, "G G"]

    @property
    def nbytes(self) -> int:
        return self.logits.nbytes


def label_pixels(
    outputs: Mapping[str, HeadOutput], size_hw: tuple[int, int], area: PixelBox
) -> UInt16[np.ndarray, "h w"]:
    """Label each pixel of `area` with the region of the largest logit (Eq. 1 keeps the order of logits).

    Regions count in the order of `outputs`, from 1; a pixel outside all boxes is 0.
    """
    x0, y0, x1, y1 = area
    best = np.full((y1 - y0, x1 - x0), -np.inf, np.float32)
    labels = np.zeros(best.shape, np.uint16)
    for number, output in enumerate(outputs.values(), start=1):
        bx0, by0, bx1, by1 = pixels_of(output.given.xyxy, size_hw)
        left, top, right, bottom = max(bx0, x0), max(by0, y0), min(bx1, x1), min(by1, y1)
        if left >= right or top >= bottom:
            continue
        here = np.s_[top - y0 : bottom - y0, left - x0 : right - x0]
        logits = sample(output.logits, output.given.window, (left, top, right, bottom))
        wins = logits > best[here]
        np.copyto(best[here], logits, where=wins)
        np.copyto(labels[here], np.uint16(number), where=wins)
    return labels


def pixels_of(xyxy: XYXY, size_hw: tuple[int, int]) -> PixelBox:
    """Return the pixels inside the image that a box touches."""
    low = np.floor(np.maximum(xyxy[:2], 0)).astype(int)
    high = np.ceil(np.minimum(xyxy[2:], size_hw[::-1])).astype(int)
    return (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def sample(
    logits: Float32[np.ndarray, "G G"], window: Window, area: PixelBox, step_xy: tuple[float, float] = (1, 1)
) -> Float32[np.ndarray, "h w"]:
    """Sample logits at the pixels of `area`, bilinear between cells (re-projection, Sec. 3.1).

    step_xy: the width and height of the pixels of `area`, in pixels of the image.
    """
    (x0, y0, x1, y1), (across, down) = area, step_xy
    kx, ky = GRID / window.width, GRID / window.height
    shift_x, shift_y = (x0 + 0.5) * across - window.x0, (y0 + 0.5) * down - window.y0
    matrix = np.array([[kx * across, 0, shift_x * kx - 0.5], [0, ky * down, shift_y * ky - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(logits, matrix, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def with_scribbles(
    labels: UInt16[np.ndarray, "H W"], scribbles: Sequence[Scribble], targets: Iterable[str]
) -> UInt16[np.ndarray, "H W"]:
    """Return the labels with the pixels of each scribble given to its target; a later scribble is on top."""
    numbers = {target: number for number, target in enumerate(targets, start=1)}
    drawn = labels.copy()
    for scribble in scribbles:
        path = (*scribble.points_xy, scribble.points_xy[-1])  # OpenCV draws nothing for a single point
        points = np.floor(np.array(path)).astype(np.int32)
        cv2.polylines(drawn, [points], False, numbers[scribble.target], round(STROKE_WIDTH))
    return drawn

"""What the network sees of a history: the window of the image, and the prompt maps inside it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Float32

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.methods.shared.windows import CONTEXT, Window
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, History

ClickEncoding = Literal["disk", "gaussian", "distance"]
ENCODINGS: tuple[ClickEncoding, ...] = get_args(ClickEncoding)
DISK_RADIUS = 3.0  # map pixels; 6 in the crop (the paper's 5 in a crop of 385 gave the same)
GAUSSIAN_SIGMA = 3.0
DISTANCE_LIMIT = 40.0
FIRST_SIDE = 800  # longest window for a first click without a box, in image pixels
FAR_SIDE = 2048  # the same where the object does not fit in that
LOOSE = 1.2  # what stays this near to the box leaves its window as it is, so that what was seen of it counts again
CUT_OFF = 0.02  # of a window's side: what comes so near to its border goes on beyond
PROMPT_CHANNELS = 4  # box, clicks inside, clicks outside, previous mask


@dataclass(frozen=True, slots=True)
class Prompts:
    """A history sorted by kind: the object's box if one was given, and the clicks."""

    box_xyxy: tuple[float, float, float, float] | None
    clicks: tuple[Click, ...]

    @classmethod
    def of(cls, history: History, size_hw: tuple[int, int], correcting: bool = False) -> "Prompts":
        """Raises InputError when there is nothing, or something outside the image.

        `correcting` says that there is a mask to correct, so that the first click may remove.
        """
        boxes = [step for step in history if isinstance(step, BoxPrompt | ExtremePoints)]
        clicks = tuple(step for step in history if isinstance(step, Click))
        if not history:
            raise InputError("expected a box, four extreme points or a click, got nothing")
        for click in clicks:
            if not (0 <= click.x <= size_hw[1] and 0 <= click.y <= size_hw[0]):
                raise InputError(f"the click at ({click.x:g}, {click.y:g}) is outside the {_size(size_hw)} image")
        if not correcting and not boxes and not any(click.adds for click in clicks):
            raise InputError("an object needs a box, or a click on it, before a click that removes")
        return cls(_clipped(boxes[-1].xyxy, size_hw) if boxes else None, clicks)

    def first_mask(self, size_hw: tuple[int, int]) -> Mask:
        """What is known before any answer: everything inside the box, or nothing."""
        return mask_from_shape(BoxPrompt(*self.box_xyxy), size_hw) if self.box_xyxy else Mask.empty(size_hw)


def _size(size_hw: tuple[int, int]) -> str:
    return f"{size_hw[1]}x{size_hw[0]}"


def _clipped(xyxy: tuple[float, float, float, float], size_hw: tuple[int, int]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = xyxy
    height, width = size_hw
    inside = (max(x0, 0), max(y0, 0), min(x1, width), min(y1, height))
    if not np.isfinite(xyxy).all() or inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise InputError(f"the box {x0:g}, {y0:g}, {x1:g}, {y1:g} has no area inside the {_size(size_hw)} image")
    return inside


def choose_window(
    prompts: Prompts, previous: Mask | None, size_hw: tuple[int, int], first_side: int = FIRST_SIDE
) -> Window:
    """Zoom to what is known of the object, every click included.

    A box is trusted: its window stays while what is known does not reach far beyond it. Without one the previous mask
    says where the object is (zoom-in, as in RITM), and before there is any mask the window is the image, or
    `first_side` pixels around the clicks when the image is larger.
    """
    points = np.array([(click.x, click.y) for click in prompts.clicks]).reshape(-1, 2)
    if prompts.box_xyxy is None and (previous is None or previous.area == 0):
        side = min(max(size_hw), first_side)
        low, high = (points.min(0), points.max(0)) if len(points) else (np.zeros(2), np.zeros(2))
        side = max(side, int(CONTEXT * (high - low).max()))
        if side >= max(size_hw):
            return Window.around((0, 0, size_hw[1], size_hw[0]), 1.0)
        return Window.around((*(low + high - side) / 2, *(low + high + side) / 2), 1.0)
    known = [] if prompts.box_xyxy is None else [prompts.box_xyxy]
    if previous is not None and previous.area and (prompts.box_xyxy is None or len(points)):
        known.append(previous.tight().xyxy)
    corners = np.concatenate([np.array(known, float).reshape(-1, 2), points])
    if prompts.box_xyxy is not None and Window.around(prompts.box_xyxy, LOOSE).holds(corners):
        return Window.around(prompts.box_xyxy)
    return Window.around((*corners.min(0), *corners.max(0)))


def is_cut_off(mask: Mask, window: Window) -> bool:
    """Whether the mask reaches the window's border where the image goes on beyond."""
    height, width = mask.size_hw
    x0, y0, x1, y1 = mask.xyxy
    near = CUT_OFF * window.width
    right, bottom = window.x0 + window.width, window.y0 + window.height
    across = (window.x0 > 0 and x0 < window.x0 + near) or (right < width and x1 > right - near)
    return across or (window.y0 > 0 and y0 < window.y0 + near) or (bottom < height and y1 > bottom - near)


def prompt_maps(
    box: Float[np.ndarray, "4"] | None,
    inside_xy: Float[np.ndarray, "I 2"],
    outside_xy: Float[np.ndarray, "O 2"],
    previous: Bool[np.ndarray, "S S"] | None,
    size: int,
    encoding: ClickEncoding = "disk",
) -> Float32[np.ndarray, "4 S S"]:
    """Box, clicks inside, clicks outside and previous mask as maps, all arguments in map coordinates.

    No box, no clicks, no mask: zeros. Encodings of clicks as in corrective-clicks, Sec. 3.2.4.
    """
    maps = np.zeros((PROMPT_CHANNELS, size, size), np.float32)
    if box is not None:
        x0, y0, x1, y1 = np.clip(np.rint(box), 0, size).astype(int)
        maps[0, y0:y1, x0:x1] = 1
    maps[1], maps[2] = encode_clicks(inside_xy, size, encoding), encode_clicks(outside_xy, size, encoding)
    if previous is not None:
        maps[3] = previous
    return maps


def encode_clicks(
    points_xy: Float[np.ndarray, "N 2"], size: int, encoding: ClickEncoding
) -> Float32[np.ndarray, "S S"]:
    """Clicks as one map in 0..1: binary disks, the maximum of Gaussians, or 1 falling with distance."""
    out = np.zeros((size, size), np.float32)
    for x, y in points_xy:
        reach = {"disk": DISK_RADIUS, "gaussian": 4 * GAUSSIAN_SIGMA, "distance": DISTANCE_LIMIT}[encoding]
        x0, x1 = max(int(x - reach), 0), min(int(x + reach) + 2, size)
        y0, y1 = max(int(y - reach), 0), min(int(y + reach) + 2, size)
        if x0 >= x1 or y0 >= y1:
            continue
        squared = (np.arange(x0, x1) + 0.5 - x) ** 2 + (np.arange(y0, y1)[:, None] + 0.5 - y) ** 2
        if encoding == "disk":
            value = (squared <= DISK_RADIUS**2).astype(np.float32)
        elif encoding == "gaussian":
            value = np.exp(-squared / (2 * GAUSSIAN_SIGMA**2)).astype(np.float32)
        else:
            value = np.maximum(0, 1 - np.sqrt(squared) / DISTANCE_LIMIT).astype(np.float32)
        np.maximum(out[y0:y1, x0:x1], value, out=out[y0:y1, x0:x1])
    return out

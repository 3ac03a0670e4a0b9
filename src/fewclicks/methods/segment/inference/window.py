"""Which window of the image the network sees, for the prompts and the mask so far."""

import cv2
import numpy as np

from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.object_prompts import ObjectPrompts
from fewclicks.methods.shared.windows import CONTEXT, Window

FIRST_SIDE = 800  # longest window for a first click without a box, in image pixels
FIRST_SIDES = (64, 200, FIRST_SIDE)  # the windows to choose from if the network predicts how good its answers are
FAR_SIDE = 2048  # the same where the object does not fit in that
LOOSE = 1.2  # the window of a box stays as it is while all that is known lies within this many times the box
CUT_OFF = 0.02  # of a window's side: a mask that comes this near to the border continues beyond it


def choose_window(
    prompts: ObjectPrompts, previous: Mask | None, size_hw: tuple[int, int], first_side: int = FIRST_SIDE
) -> Window:
    """Zoom to the box, the mask so far and all clicks.

    The window of a box stays the same until the mask or a click reaches far beyond the box. Without a box the window
    follows the previous mask (zoom-in, as in RITM). Without a mask either it is the whole image, or `first_side` pixels
    around the clicks when the image is larger.
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


def first_windows(prompts: ObjectPrompts, size_hw: tuple[int, int]) -> tuple[Window, ...]:
    """Return the windows to choose from for first clicks without a box, the smallest first."""
    windows = [choose_window(prompts, None, size_hw, side) for side in FIRST_SIDES]
    return tuple(dict.fromkeys(windows))


def is_cut_off(mask: Mask, window: Window) -> bool:
    """Return whether the mask reaches the window's border where the image continues beyond it."""
    height, width = mask.size_hw
    x0, y0, x1, y1 = mask.xyxy
    near = CUT_OFF * window.width
    right, bottom = window.x0 + window.width, window.y0 + window.height
    across = (window.x0 > 0 and x0 < window.x0 + near) or (right < width and x1 > right - near)
    return across or (window.y0 > 0 and y0 < window.y0 + near) or (bottom < height and y1 > bottom - near)


def deepest_point(mask: Mask) -> tuple[float, float]:
    """Return x, y of the centre of the pixel furthest from the outline of `mask`, which is not empty."""
    inside = np.pad(mask.crop, 1).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(mask.offset_xy[0] + x) + 0.5, float(mask.offset_xy[1] + y) + 0.5

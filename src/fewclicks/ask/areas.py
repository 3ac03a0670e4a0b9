"""Small areas to look over: a pool of predictions never asks about what a model missed.

A person verifies the suggestions in an area and draws the objects that are missing in it; what is left is background.
"""

import numpy as np
from jaxtyping import Bool, Float64

from fewclicks.geometry import oriented

SIDES = 3.0  # side of an area, in longer sides of the box that it is around
MOST_INSIDE = 10  # suggestions to verify before an area is looked over; an area with more is not asked about


def area_around(box: Float64[np.ndarray, "5"], size_hw: tuple[int, int]) -> Float64[np.ndarray, "4"]:
    """Return the square x0, y0, x1, y1 around a box, cut to the image of `size_hw`."""
    around = oriented.enclosing(box[None])[0]
    half = SIDES * (around[2:] - around[:2]).max() / 2
    limits = np.array([size_hw[1], size_hw[0]] * 2, np.float64)
    return np.clip(np.concatenate([box[:2] - half, box[:2] + half]), 0.0, limits)


def in_areas(boxes: Float64[np.ndarray, "N 5"], areas: Float64[np.ndarray, "A 4"]) -> Bool[np.ndarray, "N"]:
    """Return which boxes have their centre in one of the areas x0, y0, x1, y1."""
    centres = boxes[:, None, :2]
    inside: Bool[np.ndarray, "N A"] = np.asarray(((centres >= areas[:, :2]) & (centres <= areas[:, 2:])).all(2))
    return np.asarray(inside.any(1))

"""Small areas to look over: a pool of predictions never asks about what a model missed.

A person draws the objects that are missing in an area; what is left of it is background.
"""

import numpy as np
from jaxtyping import Float64

from fewclicks.geometry import oriented

SIDES = 3.0  # side of an area, in longer sides of the box that it is around


def area_around(box: Float64[np.ndarray, "5"], size_hw: tuple[int, int]) -> Float64[np.ndarray, "4"]:
    """Return the square x0, y0, x1, y1 around a box, cut to the image of `size_hw`."""
    around = oriented.enclosing(box[None])[0]
    half = SIDES * (around[2:] - around[:2]).max() / 2
    limits = np.array([size_hw[1], size_hw[0]] * 2, np.float64)
    return np.clip(np.concatenate([box[:2] - half, box[:2] + half]), 0.0, limits)

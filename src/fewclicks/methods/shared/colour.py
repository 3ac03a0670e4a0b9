"""Colour models as prompt maps: how much every cell looks like what is known of the object, by its colour alone.

GrabCut (Rother et al. 2004) fits colour models of object and rest to one image; here they are histograms, and the
network learns when to believe them.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

COLOUR_CHANNELS = 2
BINS = 16  # of each of the three channels
SMOOTHING = 0.7  # standard deviation in bins
SMOOTH = cv2.GaussianBlur(np.eye(BINS), (1, 5), SMOOTHING, borderType=cv2.BORDER_REPLICATE)  # as a matrix: faster
DOUBT = 0.25  # share of an even histogram that is mixed in: a colour that was not seen says nothing
CLICKED = 0.9  # a click's map is above this within a few cells of the click, in every encoding
BACKGROUND = 30.0  # cells' worth of weight that what is outside the mask has against the clicks outside


def with_colour(prompts: Float32[np.ndarray, "4 G G"], rgb: UInt8[np.ndarray, "S S 3"]) -> Float32[np.ndarray, "6 G G"]:
    """The prompt maps, and what the colours of the window `rgb` make of them."""
    size = prompts.shape[1]
    if rgb.shape[0] != size:
        rgb = cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA)
    return np.concatenate([prompts, colour_maps(rgb, prompts)])


def colour_maps(rgb: UInt8[np.ndarray, "G G 3"], prompts: Float32[np.ndarray, "4 G G"]) -> Float32[np.ndarray, "2 G G"]:
    """P(object | colour) twice, 0..1 (0.5: unknown): from the mask so far (else the box, else the clicks), and from
    the clicks. `prompts` are the maps of `prompt_maps`: box, clicks inside, clicks outside, previous mask.
    """
    box, inside, outside, previous = prompts
    inside, outside = (inside > CLICKED).astype(np.float32), (outside > CLICKED).astype(np.float32)
    known = next((seed for seed in (previous, box, inside) if seed.any()), inside)
    weights = [known, 1 - known]
    if inside.any() or outside.any():
        around = outside + (1 - known) * (BACKGROUND / max((1 - known).sum(), 1))
        weights += [inside if inside.any() else known, around]
    colours = _bins(rgb)
    maps = np.take(_probabilities(_histograms(colours, weights)), colours, axis=1)
    return maps if len(maps) == COLOUR_CHANNELS else np.concatenate([maps, np.full_like(maps, 0.5)])


def _bins(rgb: UInt8[np.ndarray, "G G 3"]) -> Int[np.ndarray, "G G"]:
    steps = (rgb // (256 // BINS)).astype(np.intp)  # what NumPy counts and takes by without a copy
    return (steps[..., 0] * BINS + steps[..., 1]) * BINS + steps[..., 2]


def _histograms(
    colours: Int[np.ndarray, "G G"], weights: Sequence[Float32[np.ndarray, "G G"]]
) -> Float[np.ndarray, "K C"]:
    """The share of each colour, smoothed over similar ones, under each of K weights."""
    cells = colours.ravel()
    counted = [np.bincount(cells, weights=each.ravel(), minlength=BINS**3) for each in weights]
    red = SMOOTH @ np.stack(counted).reshape(-1, BINS, BINS * BINS)
    green_blue = SMOOTH @ red.reshape(-1, BINS, BINS) @ SMOOTH.T
    shares: Float[np.ndarray, "K C"] = green_blue.reshape(len(weights), -1)
    return shares / np.maximum(shares.sum(1, keepdims=True), 1e-9)


def _probabilities(shares: Float[np.ndarray, "K C"]) -> Float32[np.ndarray, "M C"]:
    """P(object | colour) of the pairs (object, rest) that the rows are."""
    here, there, doubt = shares[::2], shares[1::2], DOUBT / BINS**3
    return ((here + doubt) / (here + there + 2 * doubt)).astype(np.float32)

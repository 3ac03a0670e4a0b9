"""Colour models as prompt maps: how much every cell looks like what is known of the object, by its colour alone.

GrabCut (Rother et al. 2004) fits colour models of object and rest to one image; here they are histograms, and the
network learns when to believe them.
"""

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int, UInt8
from scipy.ndimage import gaussian_filter1d

COLOUR_CHANNELS = 2
BINS = 16  # of each of the three channels
SMOOTHING = 0.7  # standard deviation in bins
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
    colours = _bins(rgb)
    by_mask = _probability(colours, known, 1 - known)
    if not (inside.any() or outside.any()):
        return np.stack([by_mask, np.full_like(by_mask, 0.5)])
    around = outside + (1 - known) * (BACKGROUND / max((1 - known).sum(), 1))
    return np.stack([by_mask, _probability(colours, inside if inside.any() else known, around)])


def _bins(rgb: UInt8[np.ndarray, "G G 3"]) -> Int[np.ndarray, "G G"]:
    steps = rgb.astype(np.int32) * BINS // 256
    return (steps[..., 0] * BINS + steps[..., 1]) * BINS + steps[..., 2]


def _probability(
    colours: Int[np.ndarray, "G G"], of_object: Float32[np.ndarray, "G G"], of_rest: Float32[np.ndarray, "G G"]
) -> Float32[np.ndarray, "G G"]:
    here, there = _histogram(colours, of_object), _histogram(colours, of_rest)
    doubt = DOUBT / BINS**3
    return ((here + doubt) / (here + there + 2 * doubt)).astype(np.float32)[colours]


def _histogram(colours: Int[np.ndarray, "G G"], weights: Float32[np.ndarray, "G G"]) -> Float[np.ndarray, "C"]:
    counts = np.bincount(colours.ravel(), weights=weights.ravel(), minlength=BINS**3).reshape(BINS, BINS, BINS)
    for axis in range(3):
        counts = gaussian_filter1d(counts, SMOOTHING, axis=axis, mode="nearest", truncate=3)
    return counts.ravel() / max(counts.sum(), 1e-9)

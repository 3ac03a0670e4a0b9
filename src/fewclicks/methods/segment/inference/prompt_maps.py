"""The prompts as the network sees them: maps over the window."""

import numpy as np
from jaxtyping import Bool, Float, Float32

from fewclicks.methods.segment.options import ClickEncoding

DISK_RADIUS = 3.0  # map pixels; 6 in the crop (the paper's 5 in a crop of 385 gave the same)
GAUSSIAN_SIGMA = 3.0
DISTANCE_LIMIT = 40.0
PROMPT_CHANNELS = 4  # box, clicks inside, clicks outside, previous mask


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

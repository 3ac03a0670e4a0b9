"""Trays of many small parts, drawn: washers, screws and caps, each kind in a colour of its own."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

XY = tuple[float, float]
KINDS: tuple[tuple[str, tuple[int, int, int], tuple[int, int]], ...] = (
    ("washer", (200, 40, 40), (18, 17)),
    ("screw", (40, 70, 190), (32, 9)),
    ("cap", (230, 190, 40), (19, 14)),
)


def draw_tray(path: Path, seed: int, count: int = 150, size: tuple[int, int] = (1000, 750)) -> dict[str, list[XY]]:
    """Save a picture of `count` parts in all directions on a gray tray of `size`; where the parts of each kind are."""
    rng = np.random.default_rng(seed)
    width, height = size
    shade = cv2.GaussianBlur(rng.normal(0, 40, (height, width)).astype(np.float32), (0, 0), 20)
    picture = np.full((height, width, 3), (188, 184, 176), np.float32) + shade[..., None]
    places: list[XY] = []
    parts: dict[str, list[XY]] = {name: [] for name, _, _ in KINDS}
    while len(places) < count:
        x, y = (float(value) for value in rng.uniform(25, (width - 25, height - 25)))
        if any(abs(x - a) < 38 and abs(y - b) < 38 for a, b in places):
            continue
        name, color, sides = KINDS[len(places) % len(KINDS)]
        corners = cv2.boxPoints(((x, y), sides, float(rng.uniform(0, 180))))
        cv2.fillPoly(picture, [np.round(corners).astype(np.int32)], color)
        places.append((x, y))
        parts[name].append((x, y))
    noisy = picture + rng.normal(0, 2, picture.shape)
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return parts

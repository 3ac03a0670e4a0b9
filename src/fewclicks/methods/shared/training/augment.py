"""What all recipes share: images that stay decoded, and changes of colour."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import UInt8

MOST_DECODED = 2 << 30  # bytes


@runtime_checkable
class Readable(Protocol):
    """An image file with annotations."""

    @property
    def path(self) -> Path: ...

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]: ...


class DecodedImages:
    """Pixels of training images: the first ones asked for stay in memory, up to `most_bytes`, others are read anew."""

    def __init__(self, most_bytes: int = MOST_DECODED) -> None:
        self._kept: dict[str, np.ndarray] = {}
        self._room = most_bytes

    def read(self, image: Readable) -> UInt8[np.ndarray, "H W 3"]:
        """Not to be written to. Raises InputError."""
        pixels = self._kept.get(str(image.path))
        if pixels is None:
            pixels = image.pixels()
            if pixels.nbytes <= self._room:
                self._kept[str(image.path)] = pixels
                self._room -= pixels.nbytes
        return pixels


def vary_colours(rgb: UInt8[np.ndarray, "H W 3"], rng: np.random.Generator) -> UInt8[np.ndarray, "H W 3"]:
    """Another brightness, contrast, tint or sharpness; sometimes grey."""
    if rng.random() < 0.8:
        gain = rng.uniform(0.7, 1.35) * rng.uniform(0.9, 1.1, 3)
        table = 255 * np.clip(np.arange(256)[:, None] / 255 * gain, 0, 1) ** rng.uniform(0.75, 1.35)
        rgb = cv2.LUT(rgb, table.astype(np.uint8)[None])
    kind = rng.random()
    if kind < 0.1:
        rgb = np.repeat(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    elif kind < 0.4:
        hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + rng.integers(-10, 11)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.5, 1.5), 0, 255)
        rgb = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    if rng.random() < 0.12:
        rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.5, 1.5))
    return rgb

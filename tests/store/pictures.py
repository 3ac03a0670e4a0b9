"""Image files for tests: deterministic, small, every one different."""

from pathlib import Path

import numpy as np
from PIL import Image


def picture(number: int = 0, size_hw: tuple[int, int] = (48, 64)) -> Image.Image:
    """A red square and a blue one on gray noise; `number` makes it unlike the others."""
    noise = np.random.default_rng(number).integers(100, 140, (*size_hw, 3), dtype=np.uint8)
    noise[8:24, 8:24] = (220, 30, 30)
    noise[24:40, 32:56] = (30, 30, 220)
    return Image.fromarray(noise)


def save_pictures(folder: Path, *names: str, size_hw: tuple[int, int] = (48, 64)) -> Path:
    """One picture a name below `folder`, which is returned."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(number, size_hw).save(path)
    return folder

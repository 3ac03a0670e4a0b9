"""Names of data sets on the command line, and reading of their images."""

from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8

from fewclicks.errors import InputError
from fewclicks.images.files import read_image

T = TypeVar("T")


def split_weight(spec: str) -> tuple[str, float]:
    """Split `PATH:WEIGHT`; the weight is 1 when none is given. Raises InputError for a weight of 0."""
    place, colon, tail = spec.rpartition(":")
    if not colon or not tail.replace(".", "", 1).isdigit():
        return spec, 1.0
    if float(tail) <= 0:
        raise InputError(f"expected a weight above 0, got {tail}", place)
    return place, float(tail)


def read_annotated(path: Path, size_hw: tuple[int, int] | None, annotations: str) -> UInt8[np.ndarray, "H W 3"]:
    """Read an image as RGB. Raises InputError unless it is an image of the size that its `annotations` are for."""
    image = read_image(path)
    if size_hw is not None and size_hw != image.shape[:2]:
        (height, width), got = size_hw, image.shape[:2]
        raise InputError(f"expected {width}x{height} pixels as in its {annotations}, got {got[1]}x{got[0]}", path)
    return image


def sampled(images: tuple[T, ...], count: int, seed: int) -> tuple[T, ...]:
    """Return at most `count` of the images, in random order."""
    chosen = np.random.default_rng(seed).permutation(len(images))[:count]
    return tuple(images[index] for index in chosen)

"""Names of data sets on the command line, and reading of their images."""

from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from fewclicks.errors import InputError
from fewclicks.images.files import read_image

HELD_OUT = 4  # every fourth image by name


@runtime_checkable
class OnDisk(Protocol):
    """An image file of a data set."""

    @property
    def path(self) -> Path: ...


T = TypeVar("T")
P = TypeVar("P", bound=OnDisk)


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


def held_out_by_name(images: tuple[P, ...]) -> tuple[tuple[P, ...], tuple[P, ...]]:
    """Return the images in two: every fourth one by name is held out; of fewer than four images, the last one is."""
    ordered = sorted(images, key=lambda image: image.path.as_posix())
    held = set(range(HELD_OUT - 1, len(ordered), HELD_OUT)) or {len(ordered) - 1}
    rest = tuple(image for number, image in enumerate(ordered) if number not in held)
    return rest, tuple(image for number, image in enumerate(ordered) if number in held)

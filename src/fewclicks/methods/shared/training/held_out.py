"""Images that a model is checked on and never trained on: the same ones, however many a project gets."""

from collections import Counter
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Int64

from fewclicks.datasets.boxed_images import BoxedSource
from fewclicks.datasets.pointed_images import PointedSource

Source = TypeVar("Source", BoxedSource, PointedSource)

SHARE = 0.2
FEWEST, MOST_SHARE = 2, 0.4


@runtime_checkable
class WithClasses(Protocol):
    """An image file and the class of each object in it."""

    @property
    def path(self) -> Path: ...

    @property
    def class_ids(self) -> Int64[np.ndarray, "N"]: ...


def held_out(source: Source) -> tuple[Source, Source]:
    """`source` in two: to train on, and to check on.

    An image is held out when the hash of its name says so, so that one that checked an earlier version was not trained
    on by it. At least FEWEST are and at most MOST_SHARE; those with the lowest hashes decide. Images without objects
    and the last ones of a class stay in training.
    """
    left = Counter(class_id for image in source.images for class_id in _classes(image))
    held: set[WithClasses] = set()
    for image in sorted(source.images, key=_hash):
        enough = len(held) >= FEWEST and _hash(image) >= SHARE
        if enough or len(held) >= MOST_SHARE * len(source.images):
            break
        classes = _classes(image)
        if classes and all(left[class_id] > 1 for class_id in classes):
            held.add(image)
            left.subtract(classes)
    images = source.images
    return (
        replace(source, images=tuple(image for image in images if image not in held)),
        replace(source, images=tuple(image for image in images if image in held)),
    )


def _classes(image: WithClasses) -> set[int]:
    return set(image.class_ids.tolist())


def _hash(image: WithClasses) -> float:
    """0..1, by the name of the file alone."""
    digest = blake2b(image.path.name.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64

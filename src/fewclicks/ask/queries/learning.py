"""What the rounds need of a model: it learns from partly labelled images and finds boxes in images by their numbers."""

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float32

from fewclicks.answers import BoxesAnswer
from fewclicks.datasets.partly_labelled import PartlyLabelled


@runtime_checkable
class Finder(Protocol):
    """A model that finds boxes in the images of a simulation."""

    def answer(self, number: int, lowest_score: float) -> BoxesAnswer:
        """Return the boxes of image `number` with a confidence of at least `lowest_score`."""
        ...


F = TypeVar("F", bound=Finder)


@runtime_checkable
class Learner(Protocol[F]):
    """What trains such models, for fixed classes."""

    @property
    def class_ids(self) -> Sequence[int]:
        """The ids of the classes."""
        ...

    def learn(self, images: Sequence[PartlyLabelled], seed: int, start: F | None = None) -> F:
        """Train from nothing, or from an earlier model. Raises InputError when no image has a labelled box."""
        ...

    def image_feature(self, number: int) -> Float32[np.ndarray, "D"]:
        """Return a feature of the whole image `number`."""
        ...

"""What every assist is: encode an image once, then answer any number of histories. No hidden state."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from fewclicks.geometry.masks import Mask
from fewclicks.images.source import RegionReader
from fewclicks.prompts import History


@dataclass(frozen=True)
class Encoding:
    """What an assist keeps of an image between answers; `nbytes` is what that takes besides the image itself."""

    size_hw: tuple[int, int]
    data: Any
    nbytes: int


@dataclass(frozen=True)
class Prediction:
    """An answer at the size of the image: a mask, its predicted IoU (None: not predicted), the round it answers."""

    mask: Mask
    quality: float | None
    round: int


@runtime_checkable
class Method(Protocol):
    """What every method is that answers for images: a name, a set of weights, and the reading of an image."""

    name: str
    weights: str

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        """Read an RGB image once. The image is not modified."""
        ...


@runtime_checkable
class LargeImageMethod(Method, Protocol):
    """A method that answers for images too large to be held as well."""

    def encode_large(self, image: RegionReader) -> Encoding:
        """As `encode`; the image is read where and when it is needed. Raises ModelError for one that is too large."""
        ...


@runtime_checkable
class Assist(Method, Protocol):
    """A method that answers for one object, as the server, the simulator and the command line see it."""

    def respond(self, encoding: Encoding, history: History, previous: Prediction | None = None) -> Prediction:
        """Answer the whole ordered history. `previous` is the answer to the history without its last round.

        Repeatable: the same arguments give the same answer, and none of them is modified.
        Raises InputError when the history is empty or lies outside the image.
        """
        ...

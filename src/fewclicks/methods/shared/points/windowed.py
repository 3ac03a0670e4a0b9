"""Models of points that read an image when they answer, window by window."""

import time
from collections.abc import Iterable, Iterator

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.images.source import ImageSource, check_rgb, size_of
from fewclicks.model import Encoding, M, Model, ModelInfo


class WindowedModel(Model[ImageSource, PointsAnswer, M]):
    """A model of points for images of any size."""

    def __init__(self, info: ModelInfo) -> None:
        self._info = info

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[ImageSource]:
        """See `Model.encode`. Windows of the image are read when they answer."""
        if isinstance(image, np.ndarray):
            check_rgb(image)
        return Encoding(size_of(image), image, 0)


def in_time(windows: Iterable[int], seconds: float | None) -> Iterator[int]:
    """Yield the first window, and further ones until `seconds` have passed; None: all of them."""
    end = None if seconds is None else time.perf_counter() + seconds
    for count, window in enumerate(windows):
        if count and end is not None and time.perf_counter() >= end:
            return
        yield window

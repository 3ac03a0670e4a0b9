"""A trained localiser (multi-class P2PNet, Sec. 4.2): the proposals of windows of an image, and point NMS."""

from pathlib import Path

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.locate.inference.proposals import LEAST, proposed
from fewclicks.methods.locate.inference.runtime import Runtime
from fewclicks.methods.shared.points.apart import apart, joined
from fewclicks.methods.shared.points.windows import ReadWindow, windows_of


class Localiser:
    """Finds points of the classes of its training data in images of any size."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        """Load a version; `threads` 0 uses all cores. Raises InputError."""
        self.path = path
        self._runtime = Runtime(path, "suggest", threads)
        self.network = self._runtime.network
        self.scale = self.network.scale or 1.0

    @property
    def separation(self) -> float:
        """The least distance between two points of a class that fits the training images, in image pixels."""
        return self.network.separation * self.network.stride / self.scale

    def windows(self, size_hw: tuple[int, int]) -> tuple[ReadWindow, ...]:
        """Return the windows in which an image of `size_hw` is read."""
        return windows_of(size_hw, self.scale)

    def in_window(self, image: ImageSource, window: ReadWindow, lowest: float) -> PointsAnswer:
        """Return all proposals that a window owns and that score `lowest` or more, in image pixels."""
        maps = self._runtime.maps(window.read(image, self.scale))
        to_pixels, corner = self.network.stride / self.scale, np.array(window.outer[:2], np.float64)
        found = [PointsAnswer.none()]
        for channel, class_id in enumerate(self.network.class_ids):
            cells, scores = proposed(maps, channel, lowest)
            points = cells * to_pixels + corner
            inside = ((points >= 0) & (points <= size_of(image)[::-1])).all(1) & window.owns(points)
            count = int(inside.sum())
            found.append(PointsAnswer(points[inside], scores[inside], np.full(count, class_id), ("",) * count))
        return joined(found)

    def candidates(self, image: ImageSource) -> PointsAnswer:
        """Return all proposals of an image, those of low confidence and near others too."""
        return joined([self.in_window(image, window, LEAST) for window in self.windows(size_of(image))])

    def apart(self, found: PointsAnswer, radius: float) -> PointsAnswer:
        """Return the points without those within `radius` pixels of a better one of their class."""
        return apart(found, radius)

"""The localiser of the simulation: multi-class P2PNet (Sec. 4.2), trained on the points of images."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.locate.inference.proposals import LEAST, located
from fewclicks.methods.locate.inference.reading import read_at
from fewclicks.methods.locate.inference.runtime import Runtime
from fewclicks.methods.locate.training.localiser import LocaliserSettings
from fewclicks.methods.locate.training.simulation.settings import STEPS, LocateSimulation
from fewclicks.methods.locate.training.train import train_localiser
from fewclicks.simulation.points.localising import Localise, Localiser
from fewclicks.simulation.spec import Watch
from fewclicks.training.loop import Budget
from fewclicks.training.progress import in_percent


def localiser_of(settings: LocateSimulation, start: Path, folder: Path) -> Localise:
    """Return what trains a localiser, from `start`, and writes its files to `folder`."""
    recipe = LocaliserSettings(stride=settings.stride, seed=settings.seed, passes=settings.passes)
    budget = Budget(settings.steps or (None if settings.minutes else STEPS), settings.minutes)

    def localise(source: PointedSource, watch: Watch) -> Localiser:
        told = in_percent(watch, "train the localiser")
        return Trained(train_localiser(recipe, [source], start, folder, budget, "suggest", told))

    return localise


class Trained(Localiser):
    """A trained localiser."""

    def __init__(self, path: Path) -> None:
        """Open the file of a localiser. Raises InputError."""
        self._runtime = Runtime(path, "suggest")
        self._network = self._runtime.network
        self._to_cells = (self._network.scale or 1.0) / self._network.stride

    @property
    def version(self) -> str:
        return self._network.weights

    @property
    def lowest_score(self) -> float:
        return self._network.score

    @property
    def separation(self) -> float:
        return self._network.separation / self._to_cells

    def points(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer:
        scale = self._network.scale or 1.0
        maps = self._runtime.maps(read_at(image, (scale, scale)))
        size = (image.shape[1] * self._to_cells, image.shape[0] * self._to_cells)
        points, scores, channels = located(maps, size, LEAST, self._network.separation)
        class_ids = np.array(self._network.class_ids, np.int64)[channels]
        return PointsAnswer(points / self._to_cells, scores, class_ids, ("",) * len(points))

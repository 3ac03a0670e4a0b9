"""The localiser of the simulation: multi-class P2PNet (Sec. 4.2), trained on the points of images."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedSource
from fewclicks.methods.detect.inference.network.design import Stages
from fewclicks.methods.locate import SUGGEST
from fewclicks.methods.locate.inference.localiser import Localiser
from fewclicks.methods.locate.training.localiser import LocaliserSettings
from fewclicks.methods.locate.training.pseudo_boxes import train_pseudo_boxes
from fewclicks.methods.locate.training.simulation.settings import STEPS, LocateSimulation
from fewclicks.methods.locate.training.train import train_localiser
from fewclicks.simulation.points import localising
from fewclicks.simulation.points.localising import Localise
from fewclicks.simulation.spec import Watch
from fewclicks.training.loop import Budget
from fewclicks.training.progress import in_percent

STAGES: dict[str, Stages] = {"one-stage": "one", "two-stage": "two"}  # of the detectors on pseudo boxes


def localiser_of(settings: LocateSimulation, start: Path, folder: Path) -> Localise:
    """Return what trains a localiser, from `start`, and writes its files to `folder`."""
    recipe = LocaliserSettings(stride=settings.stride, seed=settings.seed, passes=settings.passes)
    budget = Budget(settings.steps or (None if settings.minutes else STEPS), settings.minutes)

    def localise(source: PointedSource, watch: Watch) -> localising.Localiser:
        told = in_percent(watch, "train the localiser")
        if settings.localiser != "p2pnet":
            return train_pseudo_boxes(STAGES[settings.localiser], source, start, folder, budget, settings.seed, told)
        return Trained(train_localiser(recipe, [source], start, folder, budget, SUGGEST.name, told))

    return localise


class Trained(localising.Localiser):
    """A trained localiser with the separation and the lowest score that its training chose."""

    def __init__(self, path: Path) -> None:
        """Open its file. Raises InputError."""
        self._localiser = Localiser(path)

    @property
    def version(self) -> str:
        return self._localiser.network.weights

    @property
    def lowest_score(self) -> float:
        return self._localiser.network.score

    @property
    def separation(self) -> float:
        return self._localiser.separation

    def points(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer:
        return self._localiser.apart(self._localiser.candidates(image), self.separation)

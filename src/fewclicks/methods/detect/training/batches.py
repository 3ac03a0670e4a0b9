"""The batches of a training run: each is made from its number alone, so that workers can make them ahead."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch.utils.data import DataLoader, Dataset

from fewclicks.methods.detect.inference.network.design import ClickCount, Design
from fewclicks.methods.detect.training.data.augment import Canvas, CanvasSampler
from fewclicks.methods.detect.training.data.compositions import Composer
from fewclicks.methods.detect.training.data.synthesis import Questions, ask_fixed, ask_slots
from fewclicks.methods.detect.training.losses.supervision import Batch

LARGEST_ZOOM = 4.0  # of canvases for class slots
JITTER = 0.1  # share of an object's sides: standard deviation of careless clicks
FOREVER = 10**9  # steps


@dataclass(frozen=True)
class Recipe:
    """What a batch is made of.

    channel_of: the channel of each class id, without class slots. unclicked: share of canvases in which nobody clicks.
    composed: share of the pairs of canvases that are compositions of cut-outs.
    """

    design: Design
    size: int
    slots: int
    clicks: ClickCount
    channel_of: dict[int, int]
    unclicked: float
    composed: float
    seed: int


class Batches(Dataset[Batch]):
    """The batch of each step."""

    def __init__(self, recipe: Recipe, sampler: CanvasSampler, composer: Composer | None) -> None:
        self.recipe, self.sampler, self.composer = recipe, sampler, composer

    def __len__(self) -> int:
        return FOREVER

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self.recipe.seed, step])
        canvases = self._canvases(rng)
        return Batch(self.recipe.design, canvases, self._questions(canvases, rng))

    def _canvases(self, rng: np.random.Generator) -> list[Canvas]:
        """Return the canvases in pairs of one data set and one zoom, so that clicks in one can prompt the other."""
        canvases: list[Canvas] = []
        while len(canvases) < self.recipe.size:
            both = min(2, self.recipe.size - len(canvases))
            if self.composer is not None and rng.random() < self.recipe.composed:
                canvases += self.composer.draw(both, rng)
            else:
                source, zoom = self.sampler.source(rng), self._zoom(rng)
                canvases += [self.sampler.draw(source, rng, zoom) for _ in range(both)]
        return canvases

    def _zoom(self, rng: np.random.Generator) -> float:
        """Return a random zoom in half of the draws, so that class slots learn sizes that their data sets lack."""
        if not self.recipe.slots or rng.random() < 0.5:
            return 1.0
        return float(LARGEST_ZOOM ** rng.random())

    def _questions(self, canvases: list[Canvas], rng: np.random.Generator) -> Questions:
        recipe = self.recipe
        if recipe.slots:
            return ask_slots(canvases, recipe.slots, recipe.clicks, JITTER, recipe.design.correlates, rng)
        return ask_fixed(canvases, recipe.channel_of, recipe.clicks, recipe.unclicked, JITTER, rng)


def batches_from(step: int, batches: Batches, workers: int) -> Iterator[Batch]:
    """Yield the batches from that step on. `workers` processes make them ahead; with 0, this one makes each one."""
    loader = DataLoader(
        batches,
        batch_size=None,
        sampler=range(step, FOREVER),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
    )
    return iter(loader)

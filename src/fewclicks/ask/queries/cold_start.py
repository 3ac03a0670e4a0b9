"""The start without a labelled image: a model that finds objects like those clicked, without training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.model import Options
from fewclicks.prompts import ClassClick, Example, Prompts
from fewclicks.simulation.boxes.sessions import BoxesModel


@dataclass(frozen=True, slots=True, eq=False)
class SlotStart:
    """A model of the task boxes that takes clicks and examples, and the images of the simulation."""

    model: BoxesModel
    images: Sequence[BoxedImage]

    def from_clicks(self, clicks: Mapping[int, Sequence[ClassClick]]) -> "Clicked":
        """Return what finds objects like those clicked. clicks: by image number."""
        examples: list[Example] = []
        for number, own in clicks.items():
            encoding = self.model.encode(self.images[number].pixels())
            examples += self.model.examples(encoding, own)
        classes = tuple(sorted({click.class_id for own in clicks.values() for click in own}))
        return Clicked(self.model, self.images, tuple(examples), classes)


@dataclass(frozen=True, slots=True, eq=False)
class Clicked:
    """A model with examples of `classes`: it finds objects like them in every image."""

    model: BoxesModel
    images: Sequence[BoxedImage]
    examples: tuple[Example, ...]
    classes: tuple[int, ...]

    def answer(self, number: int, lowest_score: float) -> BoxesAnswer:
        """Return the boxes of image `number`; their probabilities are of `classes`."""
        encoding = self.model.encode(self.images[number].pixels())
        options = Options(lowest_score=lowest_score, features=True)
        found = self.model.respond(encoding, Prompts((), self.examples), None, options).answer
        return _of_classes(found, self.classes)


def _of_classes(answer: BoxesAnswer, classes: tuple[int, ...]) -> BoxesAnswer:
    """Return the answer with a column for each of `classes`, whichever of them it has."""
    probabilities = np.zeros((len(answer), len(classes)))
    for column, class_id in enumerate(answer.classes):
        probabilities[:, classes.index(class_id)] = answer.probabilities[:, column]
    return replace(answer, probabilities=probabilities, classes=classes)

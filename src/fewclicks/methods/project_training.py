"""The contracts of `Role.train_project` and `Role.train_partly`: training a version on the images of a project."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.datasets.partly_labelled import PartlyLabelled
from fewclicks.labels import Dataset
from fewclicks.simulation.report import JsonValue

Json = dict[str, JsonValue]

FEWEST_FINISHED = 8  # finished images with objects, from which on a learning round holds some out to measure on


@dataclass(frozen=True, slots=True)
class ProjectData:
    """The finished images of a project.

    images: the folder of the paths in `dataset`. start: the main file of the initial version; None: chosen by the
    method. active: the main file of the active version, or None.
    folder: for checkpoints and results; an interrupted run resumes there. version: the name of the new version; the
    run writes VERSION + suffix for each of its files, and VERSION.json, its card, into `folder`.
    """

    project: str
    dataset: Dataset
    images: Path
    start: Path | None
    active: Path | None
    folder: Path
    version: str


@dataclass(frozen=True, slots=True)
class Validation:
    """mAP at IoU 0.5 on held-out `images` after 0, 1, ... clicks, of the new model and of the version before it."""

    images: int
    map50: list[float]
    weights_before: str | None = None
    map50_before: list[float] | None = None

    @property
    def finds_less(self) -> bool:
        """Whether the mean mAP over the numbers of clicks is lower than before."""
        return self.map50_before is not None and sum(self.map50) < sum(self.map50_before)

    def to_json(self) -> Json:
        """Return the accuracy as a job stores it."""
        before: Json | None = None
        if self.map50_before is not None:
            before = {"weights": self.weights_before, "map50": self.map50_before}
        return {"images": self.images, "map50": self.map50, "before": before}


@dataclass(frozen=True, slots=True)
class TrainedVersion:
    """The result of a training run on a project.

    version: its name. weights: its `ModelInfo.version`. images, objects: those that it was trained on.
    finds_less: whether the model finds less on held-out images than the active version. validation: its accuracy there,
    if it was measured with clicks.
    """

    version: str
    weights: str
    images: int
    objects: int
    finds_less: bool = False
    validation: Validation | None = None

    def to_json(self) -> Json:
        """Return the result as a job stores it."""
        return {
            "version": self.version,
            "weights": self.weights,
            "training_images": self.images,
            "objects": self.objects,
            "validation": None if self.validation is None else self.validation.to_json(),
            "finds_less": self.finds_less,
        }


@dataclass(frozen=True, slots=True, eq=False)
class PartlyData:
    """The images of a project, of which a part is known.

    images, lessons: in the same order; the `number` of a lesson is the index of its image. From FEWEST_FINISHED full
    images with objects on, the run holds some out to measure on. classes: the names of those to train, by id; each has
    a labelled box. oriented: whether boxes have angles. folder: for checkpoints and results; an interrupted run resumes
    there. version: the name of the new version; the run writes VERSION + suffix for each of its files, and
    VERSION.json, its card.
    """

    project: str
    images: tuple[BoxedImage, ...]
    lessons: tuple[PartlyLabelled, ...]
    classes: Mapping[int, str]
    oriented: bool
    folder: Path
    version: str


@runtime_checkable
class Progress(Protocol):
    """Receiver of a run's progress, 0..1, and activity."""

    def say(self, progress: float, message: str) -> None:
        """Report progress and activity."""
        ...

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """Report the loss `value` of a training step."""
        ...

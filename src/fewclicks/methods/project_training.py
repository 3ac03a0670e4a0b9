"""The contract of `Role.train_project`: training a version on a project's finished images."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from fewclicks.labels import Dataset


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


@runtime_checkable
class Progress(Protocol):
    """Receiver of a run's progress, 0..1, and activity."""

    def say(self, progress: float, message: str) -> None:
        """Report progress and activity."""
        ...

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """Report the loss `value` of a training step."""
        ...

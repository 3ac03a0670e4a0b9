"""What training a version on a project's finished images takes: the contract of `Role.train_project`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fewclicks.labels import Dataset


@dataclass(frozen=True, slots=True)
class ProjectData:
    """The finished images of a project.

    images: the folder that the paths of `dataset` count from. start: the main file of the model that training starts
    from; None: the method's own choice. active: the main file of the version that answers today, if there is one.
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


class Progress(Protocol):
    """Where a run reports how far it is, 0..1, and what it does."""

    def say(self, progress: float, message: str) -> None: ...

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """The loss `value` at a training step."""
        ...

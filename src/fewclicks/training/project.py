"""What training a version on a project's finished images needs and gives: the contract of `Role.train_project`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fewclicks.labels import Dataset

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class ProjectData:
    """The finished images of a project, below `image_folder`, with their accepted annotations."""

    name: str
    dataset: Dataset
    image_folder: Path


@dataclass(frozen=True, slots=True)
class ProjectRun:
    """One training run.

    folder: for checkpoints and results; an interrupted run resumes there. version: the name of the new version.
    minutes of this machine, all runs together, or steps: exactly one of them. start: the main file to start from; None:
    the method's own choice. active: the files of the version that answers now, to be compared with; None: there is
    none. settings: further settings of the method by name.
    """

    folder: Path
    version: str
    minutes: float | None
    steps: int | None
    seed: int = 0
    start: Path | None = None
    active: Mapping[str, Path] | None = None
    settings: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProjectResult:
    """A new version: its files by their suffix, its card as JSON values, and what the page shows of the run."""

    files: Mapping[str, Path]
    card: dict[str, JsonValue]
    shown: dict[str, JsonValue]


class Progress(Protocol):
    """Where a run reports how far it is, 0..1, and what it does."""

    def say(self, progress: float, message: str) -> None: ...

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        """The loss `value` at a training step."""
        ...

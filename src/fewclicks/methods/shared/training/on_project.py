"""Common parts of training runs on a project: the start, the length, the progress and the card."""

from collections.abc import Mapping
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.methods.card import Card, write_card
from fewclicks.methods.project_training import PartlyData, Progress, ProjectData, TrainedVersion
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.shared.training_settings import ProjectRunSettings
from fewclicks.methods.spec import Role
from fewclicks.training.loop import Budget, Watch

TRAINED = 0.94  # progress after the last step


def shipped_start(role: Role) -> Path:
    """Return the main file of the shipped version. Raises InputError if none is shipped."""
    files = shipped_files(role)
    if files is None:
        raise InputError(f"`{role.name}` has no shipped version to start from; name a weights file with --backbone")
    return files[role.files[0].suffix]


def budget_of(settings: ProjectRunSettings) -> Budget:
    """Return the length of the run."""
    return Budget(settings.steps, settings.minutes)


def steps_on(progress: Progress, images: int) -> Watch:
    """Return a function for the training loop that reports its steps as the first TRAINED of the progress."""

    def watch(share: float, step: int, figures: dict[str, float]) -> None:
        progress.step(share * TRAINED, f"training on {images} images, step {step}", step, sum(figures.values()))

    return watch


def write_project_card(
    data: ProjectData,
    role: Role,
    summary: str,
    settings: ProjectRunSettings,
    recipe: Mapping[str, object],
    made: TrainedVersion,
    figures: Mapping[str, object],
) -> None:
    """Write VERSION.json, the card of `made`, into the folder of the run. Raises StorageError.

    recipe: the settings to list. figures: what was measured.
    """
    spent = f"--minutes {settings.minutes:g}" if settings.steps is None else f"--steps {settings.steps}"
    command = f"fewclicks train {role.name} --project PROJECT {spent}"
    write_version_card(data, role, summary, f"{made.images} images, {made.objects} objects", command, recipe, figures)


def write_version_card(
    data: ProjectData | PartlyData,
    role: Role,
    summary: str,
    trained_on: str,
    command: str,
    settings: Mapping[str, object],
    figures: Mapping[str, object],
) -> None:
    """Write VERSION.json, the card of a version that was trained on a project. Raises StorageError.

    trained_on: the number of images and objects. command: how the run was started. figures: what was measured.
    """
    card = Card(
        name=data.version,
        method=role.name,
        summary=summary,
        licence="that of the project",
        data=(f"{data.project}: {trained_on}",),
        command=command,
        settings=dict(settings),
        figures=dict(figures),
    )
    write_card(card, data.folder / f"{data.version}{role.files[0].suffix}")

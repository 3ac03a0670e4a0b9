"""Common parts of training runs on a project: the start, the length, the progress and the card."""

from collections.abc import Mapping
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.methods.card import Card, write_card
from fewclicks.methods.project_training import Progress, ProjectData, TrainedVersion
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
    card = Card(
        name=made.version,
        method=role.name,
        summary=summary,
        licence="that of the project",
        data=(f"{data.project}: {made.images} images, {made.objects} objects",),
        command=f"fewclicks train {role.name} --project PROJECT {spent}",
        settings=dict(recipe),
        figures=dict(figures),
    )
    write_card(card, data.folder / f"{made.version}{role.files[0].suffix}")

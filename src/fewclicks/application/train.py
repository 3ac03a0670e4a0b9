"""Training runs of project models as jobs: readiness and start."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from fewclicks.application.workspace import Workspace
from fewclicks.jobs.kinds import INSTALL, training_of
from fewclicks.jobs.project_training import ProjectTraining, Readiness, prepare, readiness
from fewclicks.methods.named_settings import SettingField, Value, fields_of, settings_from
from fewclicks.methods.registry import get_role, named
from fewclicks.methods.spec import Role
from fewclicks.store.jobs import JobRow

MINUTES = 10.0  # the default length of a training run


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a model can be trained now, the command that installs missing packages, and its latest training job.

    fields: the settings that a person can change.
    """

    ready: Readiness
    install: str | None
    fields: tuple[SettingField, ...]
    job: JobRow | None


def outlook(workspace: Workspace, role: str) -> Outlook | None:
    """Return whether `role` can be trained now; None for a model that cannot be trained on a project.

    Raises NotFoundError.
    """
    spec = get_role(role)
    if spec.train_project is None:
        return None
    kind = training_of(role)
    with workspace.project.reading() as log:
        ready, job = readiness(log), log.jobs.latest(kind.name)
    return Outlook(ready, None if kind.is_installed else INSTALL, fields_of(_settings(spec), {"minutes": MINUTES}), job)


def requested(role: str, values: Mapping[str, Value | None], start: Path | None = None) -> ProjectTraining:
    """Return a training run with these settings, given by name. Without minutes and steps, it takes ten minutes.

    start: the file of the initial weights. Raises InputError.
    """
    training_of(role)  # raises InputError for a model that cannot be trained
    settings_from(_settings(get_role(role)), values, f"training of {role!r}", "setting")
    more: dict[str, Any] = dict(values)
    minutes, steps, seed = (more.pop(name, None) for name in ("minutes", "steps", "seed"))
    minutes = MINUTES if minutes is None and steps is None else minutes
    return ProjectTraining(role, start, minutes, steps, seed or 0, more)


def start(workspace: Workspace, training: ProjectTraining, request_id: str | None = None) -> JobRow:
    """Train on the images that are finished now; a repeated `request_id` starts nothing more.

    Raises ConflictError while a job runs or packages are missing.
    """
    kind = training_of(training.role)
    kind.check_installed()
    training = replace(training, replaces=workspace.models.chosen(training.role))
    fill = prepare(workspace.project, training, _active(workspace, training.role))
    return workspace.jobs.start(kind, fill, request_id)


def _settings(role: Role) -> type[BaseModel]:
    return cast(type[BaseModel], named(role.project_settings or ""))


def _active(workspace: Workspace, role: str) -> Path | None:
    """Return the main file of the active version."""
    files = workspace.models.files(role, workspace.models.chosen(role))
    return files[get_role(role).files[0].suffix] if files else None

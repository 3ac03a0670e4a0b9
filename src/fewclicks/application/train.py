"""Training runs of project models as jobs: readiness and start."""

from dataclasses import dataclass, replace
from pathlib import Path

from fewclicks.application.workspace import Workspace
from fewclicks.jobs.kinds import INSTALL, training_of
from fewclicks.jobs.project_training import ProjectTraining, Readiness, prepare, readiness
from fewclicks.methods.registry import get_role
from fewclicks.store.jobs import JobRow

MINUTES = 10.0  # the default length of a training run


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a model can be trained now, the command that installs missing packages, and its latest job."""

    ready: Readiness
    install: str | None
    job: JobRow | None


def outlook(workspace: Workspace, role: str) -> Outlook | None:
    """Return whether `role` can be trained now; None for a model that cannot be trained on a project.

    Raises NotFoundError.
    """
    if get_role(role).train_project is None:
        return None
    kind = training_of(role)
    with workspace.project.reading() as log:
        ready, job = readiness(log), log.jobs.latest(kind.name)
    return Outlook(ready, None if kind.is_installed else INSTALL, job)


def start(workspace: Workspace, training: ProjectTraining, request_id: str | None = None) -> JobRow:
    """Train on the images that are finished now; a repeated `request_id` starts nothing more.

    Raises ConflictError while a job runs or packages are missing.
    """
    kind = training_of(training.role)
    kind.check_installed()
    training = replace(training, replaces=workspace.models.chosen(training.role))
    fill = prepare(workspace.project, training, _active(workspace, training.role))
    return workspace.jobs.start(kind, fill, request_id)


def _active(workspace: Workspace, role: str) -> Path | None:
    """Return the main file of the active version."""
    files = workspace.models.files(role, workspace.models.chosen(role))
    return files[get_role(role).files[0].suffix] if files else None

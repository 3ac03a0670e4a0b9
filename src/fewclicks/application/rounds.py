"""Learning rounds: their settings, when one is due, and their start."""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from fewclicks.application.asked import ANSWERS_FOLDER, NOTHING_LEFT, REQUEST, ROUND
from fewclicks.application.workspace import Workspace
from fewclicks.ask.strategies.registry import get_strategy
from fewclicks.errors import FewclicksError, InputError, NotFoundError
from fewclicks.files import write_text
from fewclicks.jobs.kinds import TRAIN_PACKAGES, JobKind
from fewclicks.methods.spec import Role
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.project import Project

NEVER = datetime(1970, 1, 1)
log = logging.getLogger("fewclicks")


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """How a project learns. every: answers from one round to the next; 0: rounds do not start by themselves.

    strategy: what orders the questions. steps: of a training.
    """

    every: int = 50
    strategy: str = "threshold"
    steps: int = 250


def read_settings(state: Log) -> RoundSettings:
    """Return the settings of a project."""
    return RoundSettings(**state.round_settings())


def change_settings(project: Project, settings: RoundSettings) -> None:
    """Store the settings. Raises NotFoundError for an unknown strategy."""
    get_strategy(settings.strategy)
    with project.changing() as state:
        state.put_round_settings(asdict(settings))


def kind_of_round(role: str) -> JobKind:
    """Return the kind of job that does a learning round of this model."""
    return JobKind(f"{ROUND}{role}", (sys.executable, "-m", "fewclicks.application.round_job"), TRAIN_PACKAGES)


def learning_role(workspace: Workspace) -> Role | None:
    """Return the first model that learns in rounds, or None."""
    roles = (installed.role for installed in workspace.models.active.values())
    return next((role for role in roles if role.train_partly is not None), None)


def latest_round(state: Log, role: Role) -> JobRow | None:
    """Return the last round of a model, or None."""
    return state.jobs.latest(f"{ROUND}{role.name}")


def missing(state: Log) -> str:
    """Return in one line why no round can start now, or an empty text."""
    rows = state.summaries()
    if not state.classes():
        return "the project has no classes; add one"
    if rows and all(row.status == "done" for row in rows):
        return NOTHING_LEFT
    if any(row.annotations > row.proposed for row in rows):
        return ""
    answers = state.work.count_answers(NEVER, standing=True)
    said = f"none of the {answers:,} answers accepted or added an object" if answers else "no object is labelled yet"
    return f"{said}, so there is no box to train on; accept or draw some objects"


def answers_since(state: Log, last: JobRow | None) -> int:
    """Return the number of answers since the last round was started, without those undone."""
    return state.work.count_answers(NEVER if last is None else last.started_at, standing=True)


def start_round(workspace: Workspace, author: str = "", request_id: str | None = None) -> JobRow:
    """Start a round; a repeated `request_id` starts nothing more.

    Raises NotFoundError without a model that learns, InputError when nothing can be learnt or asked, ConflictError
    while a job runs or packages are missing.
    """
    role = learning_role(workspace)
    if role is None:
        raise NotFoundError("no model of this project learns from single answers; add one with fewclicks models")
    kind = kind_of_round(role.name)
    kind.check_installed()
    return workspace.jobs.start(kind, _prepare(workspace, role, author), request_id)


def start_due_round(workspace: Workspace, author: str = "") -> None:
    """Start a round if enough answers are in, or resume one that the end of the server has interrupted.

    While another job runs, nothing happens; the next answer tries again.
    """
    role = learning_role(workspace)
    if role is None:
        return
    try:
        with workspace.project.reading() as state:
            last = latest_round(state, role)
            is_due = _is_due(state, last)
        if is_due and last is not None and last.state == "interrupted" and workspace.jobs.is_resumable(last):
            workspace.jobs.resume(kind_of_round(role.name), last.id)
        elif is_due:
            start_round(workspace, author)
    except FewclicksError as error:
        log.debug("no learning round now: %s", error)


def _is_due(state: Log, last: JobRow | None) -> bool:
    every = read_settings(state).every
    if every == 0 or (last is not None and last.is_alive):
        return False
    since = NEVER if last is None else last.started_at
    is_enough = (state.work.count_answers(since, standing) >= every for standing in (False, True))
    return all(is_enough) and not missing(state)


def _prepare(workspace: Workspace, role: Role, author: str) -> Callable[[Path], None]:
    """Return a function that writes the job's request; it raises InputError when nothing can be learnt or asked."""

    def fill(folder: Path) -> None:
        with workspace.project.reading() as state:
            problem, settings = missing(state), read_settings(state)
        if problem:
            raise InputError(problem)
        request = {
            "event": uuid4().hex,
            "project": str(workspace.project.folder),
            "role": role.name,
            "examples": False,
            "features": get_strategy(settings.strategy).needs_features,
            "author": author,
            "steps": settings.steps,
            "strategy": settings.strategy,
        }
        (folder / ANSWERS_FOLDER).mkdir()
        write_text(folder / REQUEST, json.dumps(request))

    return fill

"""A model asked about many images, as a job: its answers become suggestions in each image, as one event."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never
from uuid import uuid4

from fewclicks.application.asked import ANSWERS_FOLDER, ASK, REQUEST
from fewclicks.application.workspace import Workspace
from fewclicks.errors import InputError
from fewclicks.files import write_text
from fewclicks.jobs.kinds import JobKind
from fewclicks.store.jobs import JobRow
from fewclicks.store.records import ImageSummary

AskedImages = Literal["all", "annotated", "unannotated"]


@dataclass(frozen=True, slots=True)
class Asking:
    """A model to ask, and about which images: all of them, or those with or without accepted annotations."""

    role: str
    images: AskedImages
    with_examples: bool = True
    author: str = ""


def kind_of_asking(role: str) -> JobKind:
    """Return the kind of job that asks this model."""
    return JobKind(f"{ASK}{role}", (sys.executable, "-m", "fewclicks.application.asking_job"))


def start_asking(workspace: Workspace, asking: Asking, request_id: str | None = None) -> JobRow:
    """Start the job; a repeated `request_id` starts nothing more.

    Raises NotFoundError for an unknown model, InputError for one that answers about single objects and without such
    images, ConflictError while a job runs.
    """
    if workspace.models.get(asking.role).role.task not in ("boxes", "points"):
        raise InputError(f"the model {asking.role!r} answers about single objects; use a model of boxes or points")
    return workspace.jobs.start(kind_of_asking(asking.role), _prepare(workspace, asking), request_id)


def _prepare(workspace: Workspace, asking: Asking) -> Callable[[Path], None]:
    """Return a function that writes the job's request into its folder; it raises InputError without such images."""

    weights = workspace.models.get(asking.role).info.version

    def fill(folder: Path) -> None:
        with workspace.project.reading() as log:
            images = [row.id for row in log.summaries() if _is_chosen(asking.images, row)]
        if not images:
            raise InputError(f"the project has no {asking.images} images; choose other images")
        request = {
            "event": uuid4().hex,
            "project": str(workspace.project.folder),
            "role": asking.role,
            "weights": weights,
            "images": images,
            "examples": asking.with_examples,
            "author": asking.author,
        }
        (folder / ANSWERS_FOLDER).mkdir()
        write_text(folder / REQUEST, json.dumps(request))

    return fill


def _is_chosen(images: AskedImages, row: ImageSummary) -> bool:
    accepted = row.annotations - row.proposed
    match images:
        case "all":
            return True
        case "annotated":
            return accepted > 0
        case "unannotated":
            return accepted == 0
    assert_never(images)

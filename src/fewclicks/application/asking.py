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
from fewclicks.methods.spec import Role
from fewclicks.prompts import BoxPrompt
from fewclicks.store.jobs import JobRow
from fewclicks.store.log import Log
from fewclicks.store.records import ImageSummary

AskedImages = Literal["all", "annotated", "unannotated"]


@dataclass(frozen=True, slots=True)
class Asking:
    """A model to ask, and about which images: all of them, or those with or without accepted annotations.

    class_id: the class of the boxes that a model of masks is asked about; None: every class.
    """

    role: str
    images: AskedImages
    with_examples: bool = True
    class_id: int | None = None
    author: str = ""


def kind_of_asking(role: str) -> JobKind:
    """Return the kind of job that asks this model."""
    return JobKind(f"{ASK}{role}", (sys.executable, "-m", "fewclicks.application.asking_job"))


def start_asking(workspace: Workspace, asking: Asking, request_id: str | None = None) -> JobRow:
    """Start the job; a repeated `request_id` starts nothing more.

    Raises NotFoundError for an unknown model or class, InputError for a model that cannot be asked about many images
    and without such images or boxes, ConflictError while a job runs.
    """
    _check(workspace.models.get(asking.role).role, asking)
    return workspace.jobs.start(kind_of_asking(asking.role), _prepare(workspace, asking), request_id)


def masks_boxes(role: Role) -> bool:
    """Return whether the model gives a box a mask."""
    return role.task == "mask" and BoxPrompt in role.prompts


def _check(role: Role, asking: Asking) -> None:
    if role.task not in ("boxes", "points") and not masks_boxes(role):
        advice = "use a model of boxes or points, or one that gives boxes masks"
        raise InputError(f"the model {role.name!r} answers about single objects; {advice}")
    if asking.class_id is not None and not masks_boxes(role):
        raise InputError(f"the model {role.name!r} cannot be limited to one class; leave out the class")


def _prepare(workspace: Workspace, asking: Asking) -> Callable[[Path], None]:
    """Return a function that writes the job's request into its folder; it raises InputError without such images."""

    installed = workspace.models.get(asking.role)

    def fill(folder: Path) -> None:
        with workspace.project.reading() as log:
            images = [row.id for row in log.summaries() if _is_chosen(asking.images, row)]
            boxes = _boxes(log, asking.class_id, images) if masks_boxes(installed.role) else None
        if not images:
            raise InputError(f"the project has no {asking.images} images; choose other images")
        request = {
            "event": uuid4().hex,
            "project": str(workspace.project.folder),
            "role": asking.role,
            "weights": installed.info.version,
            "images": images if boxes is None else [*boxes],
            "examples": asking.with_examples,
            "author": asking.author,
        }
        if boxes is not None:
            request |= {"class_id": asking.class_id, "objects": [*boxes.values()]}
        (folder / ANSWERS_FOLDER).mkdir()
        write_text(folder / REQUEST, json.dumps(request))

    return fill


def _boxes(log: Log, class_id: int | None, images: list[int]) -> dict[int, int]:
    """Return the number of accepted boxes of a class, or of all, in each image that has some. Raises InputError."""
    counts = log.counts.boxes(class_id)
    boxes = {image_id: counts[image_id] for image_id in images if image_id in counts}
    if not boxes:
        of_class = "" if class_id is None else f" of the class {log.class_row(class_id).name!r}"
        raise InputError(f"these images have no accepted box{of_class}; choose other images or another class")
    return boxes


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

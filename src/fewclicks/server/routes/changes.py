"""What a person does: edits, prompts, undo and redo. Every answer is on disk before it goes out."""

from collections.abc import Sequence
from uuid import uuid4

from fastapi import APIRouter

from fewclicks.errors import InputError
from fewclicks.server import answering, detecting
from fewclicks.server.conversion import change_answer, snapshot_of
from fewclicks.server.schemas import (
    ChangeAnswer,
    DetectRequest,
    EditRequest,
    EventRequest,
    RespondRequest,
    RestAnswer,
    RestRequest,
    RetryRequest,
    TakeRequest,
)
from fewclicks.server.services import ImageId, Served, Services
from fewclicks.store.editing import edited
from fewclicks.store.events import AnnotationChange, Outcome, Request, Verb
from fewclicks.store.log import Log
from fewclicks.store.snapshots import Snapshot

router = APIRouter(prefix="/api")


@router.post("/images/{image_id}/edits")
def edit(image_id: ImageId, body: EditRequest, services: Served) -> ChangeAnswer:
    """A change that needs no model."""
    wanted = [snapshot_of(annotation) for annotation in body.annotations]
    _check_set(wanted, image_id)
    payload = {"image_id": image_id, **body.model_dump(mode="json")}
    request = Request(body.id, "edit", body.kind, payload, image_id, body.seconds)
    with services.project.changing() as log:
        event = log.known(request)
        if event is None:
            size_hw = log.measured_image(image_id).size_hw
            event = log.append(request, Outcome(tuple(_edited(log, each, body.kind, size_hw) for each in wanted)))
        return change_answer(log, event)


def _check_set(wanted: Sequence[Snapshot], image_id: int) -> None:
    for snapshot in wanted:
        if snapshot.image_id != image_id:
            raise InputError(f"the annotation is of image {snapshot.image_id}, the request of image {image_id}")
    if len({snapshot.id for snapshot in wanted}) < len(wanted):
        raise InputError("an annotation is in the request twice")


def _edited(log: Log, wanted: Snapshot, kind: str, size_hw: tuple[int, int]) -> AnnotationChange:
    log.class_row(wanted.class_id)
    before = log.annotation(wanted.id)
    return AnnotationChange(before, edited(before, wanted, kind, size_hw))


@router.post("/images/{image_id}/respond")
def respond(image_id: ImageId, body: RespondRequest, services: Served) -> ChangeAnswer:
    """New prompts for one object, answered by a model."""
    return answering.respond(services, image_id, body)


@router.post("/images/{image_id}/retry")
def retry(image_id: ImageId, body: RetryRequest, services: Served) -> ChangeAnswer:
    """The stored prompts once more, after the model failed."""
    return answering.retry(services, image_id, body, body.id or uuid4().hex)


@router.post("/images/{image_id}/detect")
def detect(image_id: ImageId, body: DetectRequest, services: Served) -> ChangeAnswer:
    """Clicks on objects with their classes, answered by boxes of all objects."""
    return detecting.detect(services, image_id, body)


@router.post("/images/{image_id}/rest")
def rest(image_id: ImageId, body: RestRequest, services: Served) -> RestAnswer:
    """More of what a large image holds for its clicks."""
    return detecting.rest(services, image_id, body)


@router.post("/images/{image_id}/take")
def take(image_id: ImageId, body: TakeRequest, services: Served) -> ChangeAnswer:
    """Proposed boxes accepted or deleted, together."""
    return detecting.take(services, image_id, body)


@router.post("/undo")
def undo(body: EventRequest, services: Served) -> ChangeAnswer:
    """Take back the latest change of the project that stands; `kind` says which it was."""
    return _step(services, body, "undo")


@router.post("/redo")
def redo(body: EventRequest, services: Served) -> ChangeAnswer:
    """Bring back what undo took last; `kind` says which it was."""
    return _step(services, body, "redo")


def _step(services: Services, body: EventRequest, verb: Verb) -> ChangeAnswer:
    request = Request(body.id, verb, verb, body.model_dump(mode="json"), seconds=body.seconds)
    with services.project.changing() as log:
        event = log.known(request)
        if event is None:
            event = log.undo(request, body.of) if verb == "undo" else log.redo(request, body.of)
        return change_answer(log, event)

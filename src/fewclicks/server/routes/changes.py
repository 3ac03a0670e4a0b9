"""Routes of edits, prompts, undo and redo; changes are on disk before the response is sent."""

from uuid import uuid4

from fastapi import APIRouter

from fewclicks.application import editing
from fewclicks.application.editing import TakeRequest as Taken
from fewclicks.application.requests import PromptRequest
from fewclicks.application.respond import Advance, advance, respond, retry
from fewclicks.server.conversion import change_answer, snapshot_of
from fewclicks.server.dependencies import ImageId, ModelPool, Served
from fewclicks.server.schemas import (
    AdvanceAnswer,
    AdvanceRequest,
    ChangeAnswer,
    EditRequest,
    EventRequest,
    RespondRequest,
    RetryRequest,
    Schema,
    TakeRequest,
)
from fewclicks.store.events import Request
from fewclicks.store.snapshots import Json

router = APIRouter(prefix="/api")


@router.post("/images/{image_id}/edits")
def post_edit(image_id: ImageId, body: EditRequest, served: Served) -> ChangeAnswer:
    """Apply a change that needs no model."""
    wanted = [snapshot_of(annotation) for annotation in body.annotations]
    versions = {annotation.id: annotation.version for annotation in body.annotations if annotation.version}
    request = Request(body.id, "edit", body.kind, payload_of(image_id, body), image_id, body.seconds)
    return change_answer(editing.edit(served.project, request, wanted, versions))


@router.post("/images/{image_id}/respond")
async def post_respond(
    image_id: ImageId, body: RespondRequest, served: Served, in_model_pool: ModelPool
) -> ChangeAnswer:
    """Store new prompts and answer them with a model."""
    prompts, removed = (tuple(each.model_dump(mode="json") for each in some) for some in (body.prompts, body.removed))
    model = body.method or served.models.taking({prompt["type"] for prompt in (*prompts, *removed)}).role.name
    request = PromptRequest(
        body.id,
        image_id,
        model,
        prompts,
        removed,
        body.annotation_id,
        body.class_id,
        body.examples,
        body.view,
        body.seconds,
        payload_of(image_id, body) | {"method": model},
    )
    return await in_model_pool(lambda: change_answer(respond(served, request)))


@router.post("/images/{image_id}/retry")
async def post_retry(image_id: ImageId, body: RetryRequest, served: Served, in_model_pool: ModelPool) -> ChangeAnswer:
    """Answer the stored prompts again, after the model failed."""
    request_id = body.id or uuid4().hex
    return await in_model_pool(lambda: change_answer(retry(served, image_id, body.annotation_id, request_id)))


@router.post("/images/{image_id}/advance")
async def post_advance(
    image_id: ImageId, body: AdvanceRequest, served: Served, in_model_pool: ModelPool
) -> AdvanceAnswer:
    """Answer the stored prompts in further tiles of a large image."""
    request = PromptRequest(
        body.id,
        image_id,
        body.method,
        with_examples=body.examples,
        view=body.view,
        payload=payload_of(image_id, body),
    )
    return await in_model_pool(lambda: advance_answer(advance(served, request)))


@router.post("/images/{image_id}/take")
def post_take(image_id: ImageId, body: TakeRequest, served: Served) -> ChangeAnswer:
    """Accept or delete suggested boxes together."""
    request = Request(body.id, "take", body.kind, payload_of(image_id, body), image_id, body.seconds)
    taken = Taken(body.kind, tuple(body.boxes), tuple(body.scores), tuple(body.class_ids), body.oriented)
    return change_answer(editing.take(served.project, request, taken))


@router.post("/undo")
def post_undo(body: EventRequest, served: Served) -> ChangeAnswer:
    """Undo the latest change of the project; `kind` names it."""
    request = Request(body.id, "undo", "undo", body.model_dump(mode="json"), seconds=body.seconds)
    return change_answer(editing.undo(served.project, request, body.of))


@router.post("/redo")
def post_redo(body: EventRequest, served: Served) -> ChangeAnswer:
    """Redo the change that was undone last; `kind` names it."""
    request = Request(body.id, "redo", "redo", body.model_dump(mode="json"), seconds=body.seconds)
    return change_answer(editing.redo(served.project, request, body.of))


def payload_of(image_id: int, body: Schema) -> Json:
    """Return a request as stored in the log: its body with the image id."""
    return {"image_id": image_id, **body.model_dump(mode="json")}


def advance_answer(done: Advance) -> AdvanceAnswer:
    """Return the progress and the change for the page."""
    change = None if done.changed is None else change_answer(done.changed)
    return AdvanceAnswer(progress=done.progress, change=change)

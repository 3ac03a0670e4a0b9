"""Routes of edits, prompts, undo and redo; changes are on disk before the response is sent."""

from typing import Any, Literal
from uuid import uuid4

from fastapi import APIRouter

from fewclicks.application import editing
from fewclicks.application.editing import TakeRequest as Taken
from fewclicks.application.requests import PromptRequest
from fewclicks.application.respond import Advance, advance, respond, retry
from fewclicks.server.conversion import change_answer, snapshot_of
from fewclicks.server.dependencies import Author, ImageId, ModelPool, Served
from fewclicks.server.schemas.annotations import EditRequest
from fewclicks.server.schemas.base import Schema
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.errors import ErrorAnswer, OutdatedAnswer
from fewclicks.server.schemas.respond import AdvanceAnswer, AdvanceRequest, RespondRequest, RetryRequest
from fewclicks.server.schemas.suggestions import TakeRequest
from fewclicks.server.schemas.undo import EventRequest
from fewclicks.store.events import Request
from fewclicks.store.snapshots import Json

router = APIRouter(prefix="/api")
OUTDATED: dict[int | str, dict[str, Any]] = {
    409: {"model": OutdatedAnswer | ErrorAnswer, "description": "The code `outdated` comes with the annotation."}
}


@router.post("/images/{image_id}/edits", responses=OUTDATED)
def post_edit(image_id: ImageId, body: EditRequest, served: Served, author: Author) -> ChangeAnswer:
    """Apply a change that needs no model."""
    wanted = [snapshot_of(annotation) for annotation in body.annotations]
    versions = {annotation.id: annotation.version for annotation in body.annotations if annotation.version}
    request = Request(body.id, "edit", body.kind, payload_of(image_id, body), image_id, body.seconds, author)
    return change_answer(editing.edit(served.project, request, wanted, versions))


@router.post("/images/{image_id}/respond", responses=OUTDATED)
async def post_respond(
    image_id: ImageId, body: RespondRequest, served: Served, author: Author, in_model_pool: ModelPool
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
        author,
        body.version,
        payload_of(image_id, body) | {"method": model},
    )
    return await in_model_pool(lambda: change_answer(respond(served, request)))


@router.post("/images/{image_id}/retry", responses=OUTDATED)
async def post_retry(
    image_id: ImageId, body: RetryRequest, served: Served, author: Author, in_model_pool: ModelPool
) -> ChangeAnswer:
    """Answer the stored prompts again, after the model failed."""
    request_id = body.id or uuid4().hex
    return await in_model_pool(
        lambda: change_answer(retry(served, image_id, body.annotation_id, request_id, author, body.version))
    )


@router.post("/images/{image_id}/advance")
async def post_advance(
    image_id: ImageId, body: AdvanceRequest, served: Served, author: Author, in_model_pool: ModelPool
) -> AdvanceAnswer:
    """Answer the stored prompts in further tiles of a large image."""
    request = PromptRequest(
        body.id,
        image_id,
        body.method,
        with_examples=body.examples,
        view=body.view,
        author=author,
        payload=payload_of(image_id, body),
    )
    return await in_model_pool(lambda: advance_answer(advance(served, request)), in_order=False)


@router.post("/images/{image_id}/take")
def post_take(image_id: ImageId, body: TakeRequest, served: Served, author: Author) -> ChangeAnswer:
    """Accept or delete suggested boxes together."""
    request = Request(body.id, "take", body.kind, payload_of(image_id, body), image_id, body.seconds, author)
    taken = Taken(body.kind, tuple(body.boxes), tuple(body.scores), tuple(body.class_ids), body.oriented, body.version)
    return change_answer(editing.take(served.project, request, taken))


@router.post("/images/{image_id}/undo")
def post_undo(image_id: ImageId, body: EventRequest, served: Served, author: Author) -> ChangeAnswer:
    """Undo the author's latest change on the image; `kind` names it.

    What has changed since stays as it is, and counts as `kept`. Without an author, the line is that of all clients
    without one.
    """
    return change_answer(editing.undo(served.project, _step("undo", image_id, body, author), body.of))


@router.post("/images/{image_id}/redo")
def post_redo(image_id: ImageId, body: EventRequest, served: Served, author: Author) -> ChangeAnswer:
    """Redo the change that the author last undid on the image; `kind` names it."""
    return change_answer(editing.redo(served.project, _step("redo", image_id, body, author), body.of))


def _step(verb: Literal["undo", "redo"], image_id: int, body: EventRequest, author: str) -> Request:
    return Request(body.id, verb, verb, payload_of(image_id, body), image_id, body.seconds, author)


def payload_of(image_id: int, body: Schema) -> Json:
    """Return a request as stored in the log: its body with the image id."""
    return {"image_id": image_id, **body.model_dump(mode="json")}


def advance_answer(done: Advance) -> AdvanceAnswer:
    """Return the progress and the change for the page."""
    change = None if done.changed is None else change_answer(done.changed)
    return AdvanceAnswer(progress=done.progress, change=change)

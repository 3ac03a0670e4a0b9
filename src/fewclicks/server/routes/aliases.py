"""Routes of earlier releases, for other programs; each docstring names the route to use instead."""

from fastapi import APIRouter

from fewclicks.application import editing
from fewclicks.application.requests import PromptRequest
from fewclicks.application.respond import advance, respond
from fewclicks.application.workspace import Workspace
from fewclicks.server.conversion import change_answer
from fewclicks.server.dependencies import Author, ImageId, ModelPool, Served
from fewclicks.server.routes.changes import advance_answer, payload_of
from fewclicks.server.schemas.aliases import DetectRequest, RestRequest
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.respond import AdvanceAnswer
from fewclicks.server.schemas.undo import EventRequest
from fewclicks.store.events import Request

router = APIRouter(prefix="/api", deprecated=True)


@router.post("/images/{image_id}/detect")
async def post_detect(
    image_id: ImageId, body: DetectRequest, served: Served, author: Author, in_model_pool: ModelPool
) -> ChangeAnswer:
    """Use `/respond`."""
    clicks, removed = (tuple(each.model_dump(mode="json") for each in some) for some in (body.clicks, body.removed))
    request = PromptRequest(
        body.id,
        image_id,
        served.models.first_of("boxes").role.name,
        clicks,
        removed,
        with_examples=body.elsewhere,
        seconds=body.seconds,
        author=author,
        payload=payload_of(image_id, body),
    )
    return await in_model_pool(lambda: change_answer(respond(served, request)))


@router.post("/images/{image_id}/rest")
async def post_rest(
    image_id: ImageId, body: RestRequest, served: Served, author: Author, in_model_pool: ModelPool
) -> AdvanceAnswer:
    """Use `/advance`."""
    request = PromptRequest(
        body.id,
        image_id,
        served.models.first_of("boxes").role.name,
        with_examples=body.elsewhere,
        view=body.view,
        author=author,
        payload=payload_of(image_id, body),
    )
    return await in_model_pool(lambda: advance_answer(advance(served, request)), in_order=False)


@router.post("/undo")
def post_undo(body: EventRequest, served: Served, author: Author) -> ChangeAnswer:
    """Use `/images/{image_id}/undo`; this route acts on the image of the author's latest request."""
    plain = body.model_dump(mode="json")
    request = Request(body.id, "undo", "undo", plain, _latest_image(served, author), body.seconds, author)
    return change_answer(editing.undo(served.project, request, body.of))


@router.post("/redo")
def post_redo(body: EventRequest, served: Served, author: Author) -> ChangeAnswer:
    """Use `/images/{image_id}/redo`; this route acts on the image of the author's latest request."""
    plain = body.model_dump(mode="json")
    request = Request(body.id, "redo", "redo", plain, _latest_image(served, author), body.seconds, author)
    return change_answer(editing.redo(served.project, request, body.of))


def _latest_image(workspace: Workspace, author: str) -> int | None:
    with workspace.project.reading() as log:
        return log.last_requested_image(author)

"""Routes of earlier releases, for other programs; the page uses `/respond` and `/advance`."""

from fastapi import APIRouter

from fewclicks.application.requests import PromptRequest
from fewclicks.application.respond import advance, respond
from fewclicks.server.conversion import change_answer
from fewclicks.server.dependencies import ImageId, ModelPool, Served
from fewclicks.server.routes.changes import advance_answer, payload_of
from fewclicks.server.schemas import AdvanceAnswer, ChangeAnswer, DetectRequest, RestRequest

router = APIRouter(prefix="/api/images/{image_id}", deprecated=True)


@router.post("/detect")
async def post_detect(image_id: ImageId, body: DetectRequest, served: Served, in_model_pool: ModelPool) -> ChangeAnswer:
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
        payload=payload_of(image_id, body),
    )
    return await in_model_pool(lambda: change_answer(respond(served, request)))


@router.post("/rest")
async def post_rest(image_id: ImageId, body: RestRequest, served: Served, in_model_pool: ModelPool) -> AdvanceAnswer:
    """Use `/advance`."""
    request = PromptRequest(
        body.id,
        image_id,
        served.models.first_of("boxes").role.name,
        with_examples=body.elsewhere,
        view=body.view,
        payload=payload_of(image_id, body),
    )
    return await in_model_pool(lambda: advance_answer(advance(served, request)))

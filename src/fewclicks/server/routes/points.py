"""Routes of suggested points: accepted or deleted in one image, and moves accepted in all images."""

from fastapi import APIRouter

from fewclicks.application.taking_points import TakenPoints, accept_moves, take_points
from fewclicks.server.conversion import change_answer
from fewclicks.server.dependencies import Author, ImageId, Served
from fewclicks.server.routes.changes import payload_of
from fewclicks.server.schemas.changes import ChangeAnswer
from fewclicks.server.schemas.points import AcceptedMovesAnswer, AcceptMovesRequest, TakePointsRequest
from fewclicks.store.events import Request

router = APIRouter(prefix="/api")


@router.post("/images/{image_id}/take-points")
def post_take_points(image_id: ImageId, body: TakePointsRequest, served: Served, author: Author) -> ChangeAnswer:
    """Accept or delete suggested points and moves together."""
    payload = payload_of(image_id, body)
    request = Request(body.id, "take", body.kind, payload, image_id, body.seconds, author)
    taken = TakenPoints(body.kind, body.method, tuple(payload["points"]), tuple(payload["moves"]))
    return change_answer(take_points(served.project, request, taken))


@router.post("/moves/accept")
def post_accept_moves(body: AcceptMovesRequest, served: Served, author: Author) -> AcceptedMovesAnswer:
    """Accept the suggested moves of all images."""
    request = Request(body.id, "accept-moves", "accept moves", {}, author=author)
    done = accept_moves(served.project, request)
    return AcceptedMovesAnswer(event=done.event, images=done.images, moved=done.moved, outdated=done.outdated)

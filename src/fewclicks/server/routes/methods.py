"""The route of the project's active models."""

from fastapi import APIRouter

from fewclicks.server.conversion import method_of
from fewclicks.server.dependencies import Served
from fewclicks.server.schemas.project import MethodSchema

router = APIRouter(prefix="/api")


@router.get("/methods")
def get_methods(served: Served) -> list[MethodSchema]:
    """Return every active model with its task and its prompts, in the order of the tool bar."""
    return [method_of(installed) for installed in served.models.active.values()]

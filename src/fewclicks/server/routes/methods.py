"""The models that answer in this project."""

from fastapi import APIRouter

from fewclicks.server.conversion import method_of
from fewclicks.server.dependencies import Served
from fewclicks.server.schemas import MethodSchema

router = APIRouter(prefix="/api")


@router.get("/methods")
def get_methods(served: Served) -> list[MethodSchema]:
    """Every model with its task and the kinds of prompt that it takes, in the order of the tool bar."""
    return [method_of(installed) for installed in served.models.active.values()]

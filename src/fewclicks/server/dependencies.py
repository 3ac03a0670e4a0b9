"""Parameters that several routes share."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Path, Request

from fewclicks.application.workspace import Workspace
from fewclicks.server.model_calls import ModelCalls

T = TypeVar("T")


async def get_workspace(request: Request) -> Workspace:
    """Return the open project of the application."""
    workspace: Workspace = request.app.state.workspace
    return workspace


async def author_of(name: Annotated[str, Header(alias="Fewclicks-Author", max_length=100)] = "") -> str:
    """Return the name that the client gave itself; undo applies to the changes of one author."""
    return name


class InModelPool:
    """Runs a function in the pool of model calls, on behalf of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def __call__(self, call: Callable[[], T], in_order: bool = True) -> T:
        calls: ModelCalls = self._request.app.state.model_calls
        return await calls.run(self._request, call, in_order)


ModelPool = Annotated[InModelPool, Depends()]
Served = Annotated[Workspace, Depends(get_workspace)]
Author = Annotated[str, Depends(author_of)]
ImageId = Annotated[int, Path(ge=1, lt=2**53)]

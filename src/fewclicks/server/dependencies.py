"""Parameters that several routes share."""

from typing import Annotated

from fastapi import Depends, Path, Request

from fewclicks.application.workspace import Workspace


async def get_workspace(request: Request) -> Workspace:
    """Return the open project of the application."""
    workspace: Workspace = request.app.state.workspace
    return workspace


Served = Annotated[Workspace, Depends(get_workspace)]
ImageId = Annotated[int, Path(ge=1, lt=2**53)]

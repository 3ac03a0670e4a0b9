"""The FastAPI application, which serves one project to the page on this machine."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from fewclicks import __version__
from fewclicks.application.workspace import Workspace
from fewclicks.model import AnyModel
from fewclicks.server.bodies import LimitedBodies
from fewclicks.server.errors import add_error_handlers
from fewclicks.server.identity import OneProject
from fewclicks.server.model_calls import ModelCalls
from fewclicks.server.routes import (
    aliases,
    batches,
    changes,
    counts,
    export,
    images,
    imports,
    jobs,
    log,
    methods,
    points,
    project,
    rounds,
    tiles,
    work,
)
from fewclicks.server.schemas.errors import ErrorAnswer
from fewclicks.server.security import LocalOnly
from fewclicks.server.settings import Settings
from fewclicks.server.static import add_page
from fewclicks.server.timing import ServerTiming
from fewclicks.store.project import Project

ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorAnswer, "description": "Every error has this shape; `message` is for the user."}
}


def create_app(
    project_: Project, models: Mapping[str, AnyModel] | None = None, settings: Settings | None = None
) -> FastAPI:
    """Create the application for an open project, which it closes when it shuts down.

    models: by role, instead of the installed ones.
    """
    chosen = settings or Settings()
    chosen.check_host()
    workspace = Workspace(project_, models, chosen.limits)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        workspace.close()

    app = routed(lifespan)
    app.state.workspace = workspace
    app.state.model_calls = ModelCalls()
    app.state.is_stopping = lambda: False  # replaced by the server that runs this application
    add_error_handlers(app)
    add_page(app)
    app.add_middleware(LimitedBodies)
    app.add_middleware(OneProject, project_id=project_.id, project_name=project_.name)
    app.add_middleware(LocalOnly)
    app.add_middleware(ServerTiming)
    return app


def routed(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """Create an application with the routes and the OpenAPI document, without a project."""
    app = FastAPI(
        title="fewclicks",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # these pages load scripts from other servers
        redoc_url=None,
        lifespan=lifespan,
        responses=ERRORS,
    )
    for module in (
        project,
        methods,
        images,
        tiles,
        changes,
        points,
        log,
        counts,
        export,
        imports,
        batches,
        work,
        jobs,
        rounds,
        aliases,
    ):
        app.include_router(module.router)
    return app

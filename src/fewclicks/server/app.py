"""The application: one project, served to the page and to nobody else."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from fewclicks import __version__
from fewclicks.methods.detect.opening import open_detector
from fewclicks.methods.protocol import Method
from fewclicks.methods.regions.assist import RegionsAssist
from fewclicks.methods.segment.assist import SegmentAssist
from fewclicks.server.bodies import LimitedBodies
from fewclicks.server.errors import add_error_handlers
from fewclicks.server.routes import changes, export, images, jobs, project, tiles
from fewclicks.server.schemas import ErrorAnswer
from fewclicks.server.security import LocalOnly
from fewclicks.server.services import Services
from fewclicks.server.settings import Settings
from fewclicks.server.static import add_page
from fewclicks.server.timing import ServerTiming
from fewclicks.store.project import Project

SHIPPED = Path(str(resources.files("fewclicks.methods"))) / "weights"
ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorAnswer, "description": "Every error has this shape; `message` is for the user."}
}


def create_app(
    project_: Project, assists: Mapping[str, Method] | None = None, settings: Settings | None = None
) -> FastAPI:
    """The application for an open project, which it closes when it shuts down. `assists` by name; the shipped ones."""
    chosen = settings or Settings()
    chosen.check_host()
    services = Services(project_, shipped_assists() if assists is None else assists, chosen)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    app = routed(lifespan)
    app.state.services = services
    add_error_handlers(app)
    add_page(app)
    app.add_middleware(LimitedBodies)
    app.add_middleware(LocalOnly)
    app.add_middleware(ServerTiming)
    return app


def routed(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The routes and their OpenAPI document; no project is open yet."""
    app = FastAPI(
        title="fewclicks",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        responses=ERRORS,
    )
    for module in (project, images, tiles, changes, export, jobs):
        app.include_router(module.router)
    return app


def shipped_assists() -> dict[str, Method]:
    """The assists whose weights come with the package, by name."""
    assists: dict[str, Method] = {"segment": SegmentAssist.shipped()}
    if (SHIPPED / "regions.onnx").is_file():
        assists["regions"] = RegionsAssist.shipped()
    if (SHIPPED / "detect.onnx").is_file():
        assists["detect"] = open_detector()
    return assists

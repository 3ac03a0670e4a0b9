"""The project that a request is meant for: another project may be served at the same address later."""

from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from fewclicks.server.errors import error_response

HEADER = "fewclicks-project"
PARAMETER = "project"  # for addresses that a browser loads by itself, such as those of pictures


class OneProject:
    """ASGI middleware that refuses requests which name the id of another project; those without an id pass."""

    def __init__(self, app: ASGIApp, project_id: str, project_name: str) -> None:
        self._app, self._id, self._name = app, project_id, project_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _named(scope) in (None, self._id):
            await self._app(scope, receive, send)
            return
        message = f"this page belongs to another project; reload it to open {self._name!r}, which is served here now"
        await error_response(409, "other_project", message)(scope, receive, send)


def _named(scope: Scope) -> str | None:
    header = Headers(scope=scope).get(HEADER)
    if header is not None or not scope["path"].startswith("/api"):
        return header
    return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get(PARAMETER, [])), None)

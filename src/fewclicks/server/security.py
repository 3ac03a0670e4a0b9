"""Only this machine's own page may drive the server: no other web page, and no name that was rebound to it."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fewclicks.server.errors import error_response

NAMES = ("127.0.0.1", "localhost", "[::1]")
PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class LocalOnly:
    """ASGI middleware: refuses a foreign Host or Origin, requests started by other sites, and bodies that are not JSON.

    A web page elsewhere can send a browser here, but cannot choose these headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "there are no web sockets here"})
            return
        refusal = _refusal(scope, Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, _protected(send))
        else:
            status, message = refusal
            await error_response(status, "forbidden" if status == 403 else "input", message)(scope, receive, send)


def _refusal(scope: Scope, headers: Mapping[str, str]) -> tuple[int, str] | None:
    host = headers.get("host", "").lower()
    if host not in _own_hosts(scope):
        return 403, f"this server answers only to {NAMES[0]} and localhost, not to {host!r}"
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}":
        return 403, f"a page of {origin} may not use this server"
    if scope["path"].startswith("/api") and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return 403, "another site may not use this server"
    if scope["method"] not in ("GET", "HEAD") and _media_type(headers) != "application/json":
        return 415, "the body has to be application/json"
    return None


def _own_hosts(scope: Scope) -> set[str]:
    """The names of this machine with the port that the socket really has."""
    port = (scope.get("server") or ("", None))[1]
    bare = set(NAMES) if port == 80 else set()
    return bare | {f"{name}:{port}" for name in NAMES}


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").split(";")[0].strip().lower()


def _protected(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(PROTECTION)
        await send(message)

    return wrapped

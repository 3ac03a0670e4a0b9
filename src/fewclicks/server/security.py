"""Protection of the server from other web sites and from DNS rebinding."""

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
    """ASGI middleware that rejects a foreign Host or Origin, requests of other sites, and bodies other than JSON.

    Another web page can make a browser send requests here, but cannot choose these headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "web sockets are not supported"})
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
        return 403, f"the host {host!r} is not allowed; use {NAMES[0]} or localhost"
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}":
        return 403, f"pages of {origin} cannot use this server; open its own page"
    if scope["path"].startswith("/api") and headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return 403, "other sites cannot use this server; open its own page"
    if scope["method"] not in ("GET", "HEAD") and _media_type(headers) != "application/json":
        return 415, "expected a body of the type application/json; set the Content-Type header"
    return None


def _own_hosts(scope: Scope) -> set[str]:
    """Return the names of this machine with the port of the socket."""
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

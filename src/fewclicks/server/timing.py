"""The duration of each request, in a header for the developer tools of browsers."""

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ServerTiming:
    """ASGI middleware that adds `Server-Timing: total;dur=MS`, from the request to the start of its response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                elapsed = (time.perf_counter() - began) * 1e3
                MutableHeaders(scope=message)["Server-Timing"] = f"total;dur={elapsed:.1f}"
            await send(message)

        await self._app(scope, receive, timed)

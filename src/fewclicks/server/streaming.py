"""Server-sent events: messages that the page receives without asking again."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

LOOK_SECONDS, ALIVE_SECONDS = 0.2, 15.0
EVENTS: dict[str, Any] = {"content": {"text/event-stream": {}}}  # for the OpenAPI document


class EventStream(StreamingResponse):
    """A stream of server-sent events, which proxies and browsers do not keep back."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[str]) -> None:
        super().__init__(content, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def followed(request: Request, count: Callable[[], int], messages: Callable[[], str]) -> AsyncIterator[str]:
    """Yield `messages()` now and whenever `count()` has changed, until the server stops.

    A comment keeps the connection open while nothing happens.
    """
    seen, sent_at = -1, time.monotonic()
    while not request.app.state.is_stopping():
        present = count()
        if present != seen:
            text = await asyncio.to_thread(messages)
            if text:
                yield text
            seen, sent_at = present, time.monotonic()
        elif time.monotonic() - sent_at > ALIVE_SECONDS:
            yield ": alive\n\n"
            sent_at = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


def message(name: str, content: Any, cursor: int | None = None) -> str:
    """Return an event with JSON; after a broken connection the browser sends the last `cursor` back."""
    number = "" if cursor is None else f"id: {cursor}\n"
    return f"event: {name}\n{number}data: {json.dumps(content)}\n\n"

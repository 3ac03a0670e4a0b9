"""The route on which pages learn of each other's changes."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from fewclicks.application.workspace import Workspace
from fewclicks.server.conversion import summary_of
from fewclicks.server.dependencies import Served
from fewclicks.server.schemas.changes import LoggedChange
from fewclicks.server.streaming import EVENTS, EventStream, followed, message

MOST = 200  # events in one message each; of a longer gap only its end is sent
Cursor = Annotated[int, Query(ge=0, lt=2**53)]
LastSent = Annotated[int | None, Header(alias="last-event-id", include_in_schema=False)]
router = APIRouter(prefix="/api")


@router.get("/log", response_class=Response, responses={200: {"model": LoggedChange, **EVENTS}})
async def follow(request: Request, served: Served, after: Cursor | None = None, last: LastSent = None) -> EventStream:
    """Send a message for each event of the log after number `after`, by default for each new one.

    The number of an event is the id of its message. After more than 200 events only the last one is sent, as a change
    of everything.
    """
    given = after if last is None else last
    reader = _Reader(served, served.project.last_seq() if given is None else given)
    return EventStream(followed(request, lambda: served.project.commits, reader.read))


class _Reader:
    """Reads what the log has gained since the last time."""

    def __init__(self, workspace: Workspace, cursor: int) -> None:
        self._workspace, self._cursor = workspace, cursor

    def read(self) -> str:
        with self._workspace.project.reading() as log:
            requests = log.requests_after(self._cursor, MOST + 1)
            if len(requests) > MOST:
                self._cursor = log.next_seq() - 1
                everything = LoggedChange(seq=self._cursor, id="", verb="import", image=None)
                return message("change", everything.model_dump(mode="json"), self._cursor)
            text = ""
            for seq, request in requests:
                image = None if request.image_id is None else summary_of(log.summary(request.image_id))
                change = LoggedChange(seq=seq, id=request.id, verb=request.verb, image=image)
                text += message("change", change.model_dump(mode="json"), seq)
                self._cursor = seq
        return text

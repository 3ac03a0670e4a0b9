"""Routes of batches: their list, and the undo of one."""

from dataclasses import asdict
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path

from fewclicks.application.batches import undo_batch
from fewclicks.server.dependencies import Author, Served
from fewclicks.server.schemas.points import BatchSchema, UndoBatchRequest, UndoneBatchAnswer

EventNumber = Annotated[int, Path(ge=1, lt=2**53)]
router = APIRouter(prefix="/api/batches")


@router.get("")
def get_batches(served: Served) -> list[BatchSchema]:
    """Return every event that changed many images, latest first; imports are listed apart."""
    with served.project.reading() as log:
        batches = log.batches.all()
    return [
        BatchSchema(
            event=each.event,
            kind=each.kind,
            created_at=each.created_at.replace(tzinfo=UTC),
            images=each.images,
            undone=each.undone,
        )
        for each in batches
    ]


@router.post("/{event}/undo")
def post_undo_batch(event: EventNumber, body: UndoBatchRequest, served: Served, author: Author) -> UndoneBatchAnswer:
    """Undo a batch, once, even after other work; what has changed since stays."""
    return UndoneBatchAnswer(**asdict(undo_batch(served.project, body.id, event, author)))

"""Routes of the imports: their list, and the undo of one."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path

from fewclicks.server.dependencies import Served
from fewclicks.server.schemas.imports import ImportSchema, UndoImportRequest, UndoneImportAnswer
from fewclicks.store.imports import list_imports, undo_import

EventNumber = Annotated[int, Path(ge=1, lt=2**53)]
router = APIRouter(prefix="/api/imports")


@router.get("")
def get_imports(served: Served) -> list[ImportSchema]:
    """Return every import, latest first."""
    return [
        ImportSchema(
            event=each.event,
            file=each.file,
            created_at=each.created_at.replace(tzinfo=UTC),
            objects=each.objects,
            unchanged=each.unchanged,
            undone=each.undone,
        )
        for each in list_imports(served.project)
    ]


@router.post("/{event}/undo")
def post_undo_import(event: EventNumber, body: UndoImportRequest, served: Served) -> UndoneImportAnswer:
    """Remove the unchanged objects of an import, once; the others stay."""
    undone = undo_import(served.project, body.id, event)
    return UndoneImportAnswer(
        event=undone.event,
        file=undone.file,
        removed=undone.removed,
        edited=undone.edited,
        corrected=undone.corrected,
        deleted=undone.deleted,
    )

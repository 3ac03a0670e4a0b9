"""Batches: events that changed many images. Imports, which also add classes, are not among them (see `imports.py`)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from fewclicks.store.tables import EventTable

VERBS = ("ask", "accept-moves")
UNDO = aliased(EventTable)
IS_UNDONE = (
    select(UNDO.seq)
    .where(UNDO.verb == "undo-batch", func.json_extract(UNDO.payload, "$.event") == EventTable.seq)
    .exists()
)
CHANGED = func.json_each(EventTable.changes, "$.annotations").table_valued("value")
AFTER = func.json_extract(CHANGED.c.value, "$[1].image_id")
ANNOTATED = select(func.count(AFTER.distinct())).select_from(CHANGED).scalar_subquery()
BATCHES = (
    select(
        EventTable.seq,
        EventTable.kind,
        EventTable.created_at,
        func.coalesce(func.json_array_length(EventTable.changes, "$.proposals"), ANNOTATED),
        IS_UNDONE,
    )
    .where(EventTable.verb.in_(VERBS))
    .order_by(EventTable.seq.desc())
)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch: its event, its word, its time, the number of images that it changed, and whether it was undone."""

    event: int
    kind: str
    created_at: datetime
    images: int
    undone: bool


class Batches:
    """The batches of one project, read in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Batch]:
        """Return every batch, latest first."""
        rows = self._connection.execute(BATCHES)
        return [Batch(seq, kind, at, images, undone) for seq, kind, at, images, undone in rows]

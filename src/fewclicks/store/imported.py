"""The present annotations by the event that added them, and what has become of imported ones."""

from sqlalchemy import Connection, func, select, true

from fewclicks.store.snapshots import Snapshot
from fewclicks.store.statements import ANNOTATIONS, PLACE
from fewclicks.store.tables import AnnotationTable, EventTable

BY_EVENT = select(AnnotationTable.seq, AnnotationTable.snapshot).order_by(AnnotationTable.seq, PLACE)
IMPORTS = select(EventTable.seq).where(EventTable.verb == "import")
CHANGES = func.json_each(EventTable.changes, "$.annotations").table_valued("value")
BEFORE = func.json_extract(CHANGES.c.value, "$[0]")
ADDED_BY = (
    select(AnnotationTable.seq)
    .where(AnnotationTable.id == func.json_extract(CHANGES.c.value, "$[0].id"))
    .scalar_subquery()
)
CHANGED = (
    select(BEFORE)
    .select_from(EventTable)
    .join(CHANGES, true())
    .where(EventTable.verb != "import", EventTable.seq > ADDED_BY, ADDED_BY.in_(IMPORTS))
    .order_by(EventTable.seq)
)


class Imported:
    """The imported objects of one project, read in one transaction.

    An import is one event, which does not contain its objects: an object as imported is the value before its first
    later change, or without one its row.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def made(self, first: int, last: int) -> list[Snapshot]:
        """Return the present state of the annotations that the events from `first` to `last` added."""
        query = ANNOTATIONS.where(AnnotationTable.seq.between(first, last))
        return [Snapshot.from_json(text) for text in self._connection.execute(query).scalars()]

    def by_event(self) -> dict[int, list[Snapshot]]:
        """Return the present state of all annotations, deleted ones included, by the event that added them."""
        found: dict[int, list[Snapshot]] = {}
        for row in self._connection.execute(BY_EVENT):
            found.setdefault(row.seq, []).append(Snapshot.from_json(row.snapshot))
        return found

    def changed(self) -> dict[str, Snapshot]:
        """Return the objects of all imports that were changed since and are still there, as imported, by id."""
        found: dict[str, Snapshot] = {}
        for text in self._connection.execute(CHANGED).scalars():
            before = Snapshot.from_json(text)
            found.setdefault(before.id, before)
        return found

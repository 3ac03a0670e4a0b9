"""The append-only log: a request becomes an event, and the annotations follow it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, insert, select

from fewclicks.errors import ConflictError
from fewclicks.store.records import Event, Outcome, Request, UndoWords
from fewclicks.store.repository import Repository
from fewclicks.store.snapshots import Snapshot, dump
from fewclicks.store.tables import EventTable

# Put together once, for every click asks these.
COLUMNS = EventTable.__table__.columns
KNOWN = select(*COLUMNS).where(EventTable.id == bindparam("id"))
LAST = select(EventTable.seq, EventTable.head).order_by(EventTable.seq.desc()).limit(1)
REDOABLE = (EventTable.is_change.is_(True), EventTable.parent.is_not_distinct_from(bindparam("head", type_=Integer)))
REDO = select(*COLUMNS).where(*REDOABLE).order_by(EventTable.seq.desc()).limit(1)
UNDO_STEP = select(EventTable.kind, EventTable.id).where(EventTable.seq == bindparam("head", type_=Integer))
REDO_STEP = select(EventTable.kind, EventTable.id).where(*REDOABLE).order_by(EventTable.seq.desc()).limit(1)
ASKED = (
    select(EventTable.payload)
    .where(EventTable.annotation_id == bindparam("annotation_id"), EventTable.verb == "respond")
    .order_by(EventTable.seq.desc())
    .limit(1)
)
APPEND = insert(EventTable)


class Log(Repository):
    """A repository that also appends. Every method belongs to one transaction."""

    def known(self, request: Request) -> Event | None:
        """The event of this request if it was answered before; ConflictError when its id was used for another."""
        event = self._event(KNOWN, id=request.id)
        if event is None:
            return None
        if (event.request.verb, dump(event.request.payload)) != (request.verb, dump(request.payload)):
            raise ConflictError(f"the id {request.id!r} was already used for another request")
        return event

    def append(self, request: Request, outcome: Outcome) -> Event:
        """Add a change to the log and make the annotation what it says, its class being one of the present ones."""
        last, head = self._last()
        if request.is_change:
            outcome = replace(outcome, after=self._with_present_class(outcome.after))
        return self._write(last + 1, request, outcome, head, last + 1 if request.is_change else head)

    def undo_words(self) -> UndoWords:
        """What undo and redo would reach now."""
        head = {"head": self._last()[1]}
        undo = self._connection.execute(UNDO_STEP, head).first() or (None, None)
        redo = self._connection.execute(REDO_STEP, head).first() or (None, None)
        return UndoWords(undo[0], redo[0], undo[1], redo[1])

    def undo(self, request: Request, of: str | None = None) -> Event:
        """Take back the latest change that stands, on whatever image; `of` is its id, when the client knows it.

        Raises ConflictError when no change stands, or when it is not the one that is meant.
        """
        _, head = self._last()
        change = None if head is None else self._event(select(*COLUMNS).where(EventTable.seq == head))
        if change is None:
            raise ConflictError("there is nothing to undo")
        _check_is(change, of)
        return self._restore(request, change, change.outcome.before, change.parent)

    def redo(self, request: Request, of: str | None = None) -> Event:
        """Bring back the change that undo took back last; `of` and what is raised are as for undo."""
        change = self._event(REDO, head=self._last()[1])
        if change is None:
            raise ConflictError("there is nothing to redo")
        _check_is(change, of)
        return self._restore(request, change, change.outcome.after, change.seq)

    def events(self) -> list[Event]:
        """The whole log, oldest first."""
        rows = self._connection.execute(select(*COLUMNS).order_by(EventTable.seq))
        return [_event(row) for row in rows]

    def was_accepted(self) -> bool:
        """Whether any annotation was ever accepted in this project."""
        query = select(EventTable.seq).where(EventTable.kind == "accept").limit(1)
        return self._connection.execute(query).first() is not None

    def asked_method(self, annotation_id: str) -> str | None:
        """The method that the latest prompts of an annotation were meant for; None without prompts."""
        payload = self._connection.execute(ASKED, {"annotation_id": annotation_id}).scalar()
        return None if payload is None else str(json.loads(payload)["method"])

    def annotation_ids(self) -> set[str]:
        """Every annotation that the log knows, whatever became of it."""
        ids = self._connection.execute(select(EventTable.annotation_id).distinct()).scalars()
        return {annotation_id for annotation_id in ids if annotation_id is not None}

    def next_seq(self) -> int:
        """The number that the next event gets."""
        return self._last()[0] + 1

    # --- parts --------------------------------------------------------------------------------

    def _restore(self, request: Request, change: Event, target: Snapshot | None, head: int | None) -> Event:
        of = change.request
        assert of.annotation_id is not None  # changes are changes of an annotation
        full = replace(request, kind=of.kind, image_id=of.image_id, annotation_id=of.annotation_id)
        outcome = Outcome(self.annotation(of.annotation_id), self._with_present_class(target))
        return self._write(self.next_seq(), full, outcome, change.seq, head)

    def _with_present_class(self, target: Snapshot | None) -> Snapshot | None:
        if target is None or target.state == "deleted":
            return target
        return replace(target, class_id=self.present_class(target.class_id))

    def _write(self, seq: int, request: Request, outcome: Outcome, parent: int | None, head: int | None) -> Event:
        event = Event(seq, request, outcome, datetime.now(UTC).replace(tzinfo=None), parent, head)
        self._connection.execute(APPEND, _values(event))
        if request.annotation_id is not None:
            self._follow(event)
        return event

    def _follow(self, event: Event) -> None:
        annotation_id, after = event.request.annotation_id, event.outcome.after
        if after is not None:
            self.put_annotation(after, event.seq)
        elif annotation_id is not None:
            self.drop_annotation(annotation_id)

    def _last(self) -> tuple[int, int | None]:
        """The number of the last event (0: none) and the change that undo would take back."""
        row = self._connection.execute(LAST).first()
        return (0, None) if row is None else (row.seq, row.head)

    def _event(self, query: Select[Any], **values: object) -> Event | None:
        row = self._connection.execute(query, values).first()
        return None if row is None else _event(row)


def _check_is(change: Event, of: str | None) -> None:
    if of not in (None, change.request.id):
        raise ConflictError("something else was changed meanwhile, so this step was left out")


def _values(event: Event) -> dict[str, Any]:
    request, outcome = event.request, event.outcome
    return {
        "seq": event.seq,
        "id": request.id,
        "verb": request.verb,
        "kind": request.kind,
        "image_id": request.image_id,
        "annotation_id": request.annotation_id,
        "parent": event.parent,
        "head": event.head,
        "is_change": request.is_change,
        "clicks": outcome.clicks,
        "seconds": request.seconds,
        "model_ms": outcome.model_ms,
        "created_at": event.created_at,
        "error": outcome.error,
        "payload": dump(request.payload),
        "before": outcome.before.to_json() if outcome.before else None,
        "after": outcome.after.to_json() if outcome.after else None,
    }


def _event(row: Any) -> Event:
    before, after = (None if text is None else Snapshot.from_json(text) for text in (row.before, row.after))
    request = Request(row.id, row.verb, row.kind, json.loads(row.payload), row.image_id, row.annotation_id, row.seconds)
    outcome = Outcome(before, after, row.model_ms, row.error, row.clicks)
    return Event(row.seq, request, outcome, row.created_at, row.parent, row.head)

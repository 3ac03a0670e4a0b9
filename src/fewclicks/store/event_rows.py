"""Events as rows of the log: the statements that find them, and both directions of the conversion."""

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, func, insert, literal, or_, select, true

from fewclicks.store.events import Event, Request, changes_from_json, changes_to_json
from fewclicks.store.snapshots import dump
from fewclicks.store.tables import EventTable

# Built once, because every click uses them.
COLUMNS = EventTable.__table__.columns
KNOWN = select(*COLUMNS).where(EventTable.id == bindparam("id"))
# The events of one author on one image; undo and redo go along this line.
ON_LINE = (
    EventTable.author == bindparam("author", type_=String),
    EventTable.image_id.is_not_distinct_from(bindparam("image_id", type_=Integer)),
)
HEAD = select(EventTable.head).where(*ON_LINE).order_by(EventTable.seq.desc()).limit(1).scalar_subquery()
LAST_SEQ = select(func.coalesce(func.max(EventTable.seq), 0))
LAST = select(LAST_SEQ.scalar_subquery(), HEAD)


def _is_undone(head: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of changes that redo can restore; `head` is the change that undo would revert."""
    return *ON_LINE, EventTable.is_change.is_(True), EventTable.parent.is_not_distinct_from(head)


REDO = select(*COLUMNS).where(*_is_undone(bindparam("head", type_=Integer))).order_by(EventTable.seq.desc()).limit(1)
LAST_ON_EACH_IMAGE = (
    select(func.max(EventTable.seq))
    .where(EventTable.author == bindparam("author"), EventTable.image_id != bindparam("other_than"))
    .group_by(EventTable.image_id)
)
LAST_CHANGED = (
    select(EventTable.image_id)
    .where(EventTable.seq.in_(LAST_ON_EACH_IMAGE), EventTable.head.is_not(None))
    .order_by(EventTable.seq.desc())
    .limit(1)
)
LAST_REQUESTED = (
    select(EventTable.image_id).where(EventTable.author == bindparam("author")).order_by(EventTable.seq.desc()).limit(1)
)
LATEST_PROMPTS = (
    select(EventTable.payload)
    .where(EventTable.annotation_id == bindparam("annotation_id"), EventTable.verb == "respond")
    .order_by(EventTable.seq.desc())
    .limit(1)
)
CHANGES_OF = (
    select(EventTable.author, EventTable.changes)
    .where(
        or_(EventTable.image_id == bindparam("image_id"), EventTable.image_id.is_(None)),
        func.instr(EventTable.changes, bindparam("quoted_id")) > 0,
    )
    .order_by(EventTable.seq.desc())
)
APPEND = insert(EventTable)


def _undo_words() -> Select[Any]:
    """Build the query for the change that undo would revert and for the one that redo would restore."""
    change = select(EventTable.kind, EventTable.id, EventTable.verb, EventTable.annotation_id)
    undo = change.where(EventTable.seq == HEAD).subquery()
    redo = change.where(*_is_undone(HEAD)).order_by(EventTable.seq.desc()).limit(1).subquery()
    one = select(literal(1)).subquery()
    columns = (*undo.c, redo.c.kind.label("redo"), redo.c.id.label("redo_id"))
    return select(*columns).select_from(one.outerjoin(undo, true()).outerjoin(redo, true()))


UNDO_WORDS = _undo_words()


def to_row(event: Event) -> dict[str, Any]:
    """Return the row of an event."""
    request, outcome = event.request, event.outcome
    return {
        "seq": event.seq,
        "id": request.id,
        "verb": request.verb,
        "kind": request.kind,
        "image_id": request.image_id,
        "author": request.author,
        "annotation_id": outcome.annotations[0].id if outcome.annotations else None,
        "parent": event.parent,
        "head": event.head,
        "is_change": request.is_change,
        "clicks": outcome.clicks,
        "seconds": request.seconds,
        "model_ms": outcome.model_ms,
        "created_at": event.created_at,
        "error": outcome.error,
        "payload": dump(request.payload),
        "changes": changes_to_json(outcome),
    }


def from_row(row: Any) -> Event:
    """Return the event of a row with all COLUMNS."""
    payload = json.loads(row.payload)
    request = Request(row.id, row.verb, row.kind, payload, row.image_id, row.seconds, row.author or "")
    changes = changes_from_json(row.changes)
    outcome = replace(changes, model_ms=row.model_ms, error=row.error, clicks=row.clicks)
    return Event(row.seq, request, outcome, row.created_at, row.parent, row.head)

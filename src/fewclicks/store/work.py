"""Work items as stored: questions about suggestions, their order, their leases and their answers."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from fewclicks.store.events import GivenAnswer
from fewclicks.store.proposals import Proposals
from fewclicks.store.snapshots import Json, Snapshot, dump
from fewclicks.store.tables import AnnotationTable, EventTable, ProposalsTable, WorkItemTable

Kind = Literal["box", "mask", "point"]
SKIP = "skip"  # the word of an answer that leaves the question open for later
LEAST_SURE = "least sure"  # the strategy of items that no list arranges
UNARRANGED = 2**31
CHUNK = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A question about one suggestion.

    subject: what finds the suggestion again (see `work/items.py`). role, version: the model that made it. sureness:
    how sure the model is of it, 0..1. strategy: what put it into the queue. place: its place in the list of a
    strategy; items that no list contains come last, least sure first.
    """

    id: str
    kind: Kind
    image_id: int
    subject: Json
    role: str
    version: str
    sureness: float
    strategy: str = LEAST_SURE
    place: int = UNARRANGED


@dataclass(frozen=True, slots=True)
class Arranged:
    """One line of an ordered list of questions: the item, the strategy that chose it, and its model's version."""

    item_id: str
    strategy: str
    version: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The number of questions that are answered, skipped and open, and how many open ones others have on screen."""

    answered: int
    skipped: int
    left: int
    elsewhere: int


COLUMNS = [getattr(WorkItemTable, name) for name in WorkItem.__dataclass_fields__]
IS_OPEN = WorkItemTable.answer == ""
ORDER = (WorkItemTable.place, WorkItemTable.sureness, WorkItemTable.id)


def _standing_answers() -> Select[Any]:
    """Build the query for the answers on the way from the latest event of each line back through its parents."""
    is_answer, line = EventTable.verb == "answer", (EventTable.author, EventTable.image_id)
    last = select(func.max(EventTable.seq)).where(tuple_(*line).in_(select(*line).where(is_answer))).group_by(*line)
    changes = select(EventTable.head.label("seq")).where(EventTable.seq.in_(last)).cte("changes", recursive=True)
    earlier = aliased(EventTable)
    changes = changes.union(select(earlier.parent).join(changes, earlier.seq == changes.c.seq))
    return select(EventTable.seq).where(is_answer, EventTable.seq.in_(select(changes.c.seq)))


STANDING = _standing_answers()


class Work:
    """The work items of one project, read and changed in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ids(self) -> set[str]:
        """Return the ids of all items."""
        return set(self._connection.execute(select(WorkItemTable.id)).scalars())

    def open_ids(self) -> set[str]:
        """Return the ids of the items without an answer."""
        return set(self._connection.execute(select(WorkItemTable.id).where(IS_OPEN)).scalars())

    def suggestions(self) -> Iterator[Proposals]:
        """Yield the suggestions of every image that has suggested boxes or points."""
        has_boxes = func.json_array_length(ProposalsTable.snapshot, "$.boxes") > 0
        has_points = func.json_array_length(ProposalsTable.snapshot, "$.points") > 0
        query = select(ProposalsTable.snapshot).where(or_(has_boxes, has_points))
        yield from map(Proposals.from_json, self._connection.execute(query).scalars())

    def suggested_annotations(self) -> Iterator[Snapshot]:
        """Yield the suggested annotations of every image."""
        query = select(AnnotationTable.snapshot).where(AnnotationTable.state == "proposed")
        yield from map(Snapshot.from_json, self._connection.execute(query).scalars())

    def add(self, items: Iterable[WorkItem]) -> None:
        """Store new items."""
        unheld = {"holder": "", "held_until": 0.0, "answered_by": "", "answer": ""}
        values = [asdict(item) | {"subject": dump(item.subject)} | unheld for item in items]
        if values:
            self._connection.execute(insert(WorkItemTable), values)

    def drop(self, ids: Collection[str]) -> None:
        """Remove items."""
        ordered = sorted(ids)
        for start in range(0, len(ordered), CHUNK):
            chunk = WorkItemTable.id.in_(ordered[start : start + CHUNK])
            self._connection.execute(delete(WorkItemTable).where(chunk))

    def arrange(self, ordered: Sequence[Arranged]) -> None:
        """Ask the open items of `ordered` first, in this order; all others follow, least sure first.

        Items that are missing, answered, or of another version than their line names are left out.
        """
        reset = update(WorkItemTable).where(IS_OPEN).values(place=UNARRANGED, strategy=LEAST_SURE)
        self._connection.execute(reset)
        values = [
            {"of": each.item_id, "of_version": each.version, "at": place, "by": each.strategy}
            for place, each in enumerate(ordered)
        ]
        if values:
            chosen = and_(
                WorkItemTable.id == bindparam("of"), WorkItemTable.version == bindparam("of_version"), IS_OPEN
            )
            statement = update(WorkItemTable).where(chosen).values(place=bindparam("at"), strategy=bindparam("by"))
            self._connection.execute(statement, values)

    def get(self, item_id: str) -> WorkItem | None:
        """Return the item, or None."""
        row = self._connection.execute(select(*COLUMNS).where(WorkItemTable.id == item_id)).first()
        return None if row is None else _item(row)

    def first(self, holder: str, now: float, limit: int) -> list[WorkItem]:
        """Return the first `limit` open items that nobody but `holder` has: first those that it has, then free ones."""
        is_mine = WorkItemTable.holder == holder
        query = select(*COLUMNS).where(IS_OPEN, or_(is_mine, WorkItemTable.held_until <= now))
        rows = self._connection.execute(query.order_by(case((is_mine, 0), else_=1), *ORDER).limit(limit))
        return [_item(row) for row in rows]

    def hold(self, ids: Collection[str], holder: str, until: float) -> None:
        """Give items to `holder` until this time, in seconds since 1970."""
        held = WorkItemTable.id.in_(ids)
        self._connection.execute(update(WorkItemTable).where(held).values(holder=holder, held_until=until))

    def give_back(self, holder: str) -> None:
        """Make the open items of `holder` free."""
        held = and_(WorkItemTable.holder == holder, IS_OPEN)
        self._connection.execute(update(WorkItemTable).where(held).values(holder="", held_until=0.0))

    def answer_of(self, item_id: str) -> GivenAnswer | None:
        """Return the answer to an item; None without the item."""
        query = select(WorkItemTable.answered_by, WorkItemTable.answer).where(WorkItemTable.id == item_id)
        row = self._connection.execute(query).first()
        return None if row is None else GivenAnswer(*row)

    def answers(self) -> dict[str, GivenAnswer]:
        """Return the answers by the ids of the answered items."""
        columns = WorkItemTable.id, WorkItemTable.answered_by, WorkItemTable.answer
        rows = self._connection.execute(select(*columns).where(WorkItemTable.answer != ""))
        return {row.id: GivenAnswer(row.answered_by, row.answer) for row in rows}

    def put_answer(self, item_id: str, given: GivenAnswer) -> None:
        """Store the answer to an item; a missing item stays missing."""
        chosen = update(WorkItemTable).where(WorkItemTable.id == item_id)
        self._connection.execute(chosen.values(answered_by=given.request, answer=given.word))

    def ask_skipped_again(self) -> None:
        """Make every skipped item open."""
        skipped = update(WorkItemTable).where(WorkItemTable.answer == SKIP)
        self._connection.execute(skipped.values(answered_by="", answer=""))

    def progress(self, holder: str, now: float) -> Progress:
        """Return how far the questions are answered; `elsewhere` does not count those of `holder`."""
        is_elsewhere = and_(IS_OPEN, WorkItemTable.holder != holder, WorkItemTable.held_until > now)
        is_skipped = WorkItemTable.answer == SKIP
        is_answered = and_(WorkItemTable.answer != "", WorkItemTable.answer != SKIP)
        query = select(*(_count(which) for which in (is_answered, is_skipped, IS_OPEN, is_elsewhere)))
        return Progress(*map(int, self._connection.execute(query).one()))

    def standing_answers(self) -> set[int]:
        """Return the numbers of the events of answers that nobody has undone."""
        return set(self._connection.execute(STANDING).scalars())


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)


def _item(row: Row[Any]) -> WorkItem:
    values = row._asdict()
    return WorkItem(**values | {"subject": json.loads(values["subject"])})

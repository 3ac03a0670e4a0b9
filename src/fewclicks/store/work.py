"""Work items as stored: questions about suggestions, their order, their leases and their answers."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    exists,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import aliased

from fewclicks.store.events import GivenAnswer
from fewclicks.store.proposals import Proposals
from fewclicks.store.snapshots import Json, Snapshot, dump
from fewclicks.store.tables import AnnotationTable, EventTable, ProposalsTable, WorkImageTable, WorkItemTable

Kind = Literal["box", "mask", "point", "move", "area"]
SKIP = "skip"  # the word of an answer that leaves the question open for later
LOOKED = "looked"  # the word of an answer to a question about an area: nothing is missing in it
LEAST_SURE = "least sure"  # the strategy of items that no list arranges
UNARRANGED = 2**31
CHUNK = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A question about one suggestion, or about what is missing in an area.

    subject: what finds the suggestion again (see `work/items.py`). role, version: the model that made it; of an area
    the model whose suggestions are in it. sureness: how sure the model is of it, 0..1. strategy: what put it into the
    queue. place: its place in the list of a strategy; items that no list contains come last, least sure first.
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


FIELDS = tuple(WorkItem.__dataclass_fields__)
COLUMNS = [getattr(WorkItemTable, name) for name in FIELDS]
UNHELD = {"holder": "", "held_until": 0.0, "answered_by": "", "answer": ""}
ANSWERS = select(WorkItemTable.id, WorkItemTable.answered_by, WorkItemTable.answer)
FOLLOWED = select(WorkImageTable.seq).where(WorkImageTable.image_id == ProposalsTable.image_id).scalar_subquery()
IS_CHANGED = ProposalsTable.seq != func.coalesce(FOLLOWED, -1)
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


def _waits(holder: str, now: float) -> ColumnElement[bool]:
    """Build the condition that an item is about an area, and another holder has a question about a box in its image."""
    box = aliased(WorkItemTable)
    is_elsewhere = and_(
        box.answer == "", box.kind == "box", box.holder > "", box.holder != holder, box.held_until > now
    )
    return and_(WorkItemTable.kind == "area", exists().where(box.image_id == WorkItemTable.image_id, is_elsewhere))


class Work:
    """The work items of one project, read and changed in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed_suggestions(self) -> Iterator[tuple[int, Proposals]]:
        """Yield the suggestions of images that have changed since their questions were made, each with its event."""
        query = select(ProposalsTable.seq, ProposalsTable.snapshot).where(IS_CHANGED)
        for seq, text in self._connection.execute(query):
            yield seq, Proposals.from_json(text)

    def ids_to_compare(self) -> dict[str, bool]:
        """Return the ids of the items of changed images and of all masks, and whether each is open."""
        changed = select(ProposalsTable.image_id).where(IS_CHANGED)
        which = or_(WorkItemTable.kind == "mask", WorkItemTable.image_id.in_(changed))
        return {row.id: row.answer == "" for row in self._connection.execute(ANSWERS.where(which))}

    def note_images(self, seqs: Mapping[int, int]) -> None:
        """Store that the questions of these images follow from the suggestions of these events."""
        if seqs:
            values = [{"image_id": image_id, "seq": seq} for image_id, seq in seqs.items()]
            statement = upsert(WorkImageTable)
            self._connection.execute(statement.on_conflict_do_update(set_={"seq": statement.excluded.seq}), values)

    def forget_images(self, image_ids: Collection[int] | None = None) -> None:
        """Have the questions of these images, or of all, made again."""
        which = true() if image_ids is None else WorkImageTable.image_id.in_(image_ids)
        self._connection.execute(delete(WorkImageTable).where(which))

    def suggested_annotations(self) -> Iterator[Snapshot]:
        """Yield the suggested annotations of every image."""
        query = select(AnnotationTable.snapshot).where(AnnotationTable.state == "proposed")
        yield from map(Snapshot.from_json, self._connection.execute(query).scalars())

    def add(self, items: Iterable[WorkItem]) -> None:
        """Store the items that are not stored yet."""
        values = [
            {name: getattr(item, name) for name in FIELDS} | UNHELD | {"subject": dump(item.subject)} for item in items
        ]
        if values:
            self._connection.execute(upsert(WorkItemTable).on_conflict_do_nothing(), values)

    def drop(self, ids: Collection[str]) -> None:
        """Remove items."""
        ordered = sorted(ids)
        for start in range(0, len(ordered), CHUNK):
            chunk = WorkItemTable.id.in_(ordered[start : start + CHUNK])
            self._connection.execute(delete(WorkItemTable).where(chunk))

    def changed_areas(self) -> Iterator[WorkItem]:
        """Yield the areas of images whose suggestions have changed since their questions were made."""
        changed = select(ProposalsTable.image_id).where(IS_CHANGED)
        query = select(*COLUMNS).where(WorkItemTable.kind == "area", WorkItemTable.image_id.in_(changed))
        yield from map(_item, self._connection.execute(query))

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

    def confirmed_areas(self, image_ids: Collection[int]) -> dict[int, list[Sequence[float]]]:
        """Return the areas x0, y0, x1, y1 of these images in which nothing is missing, by image id.

        These are the answers of the items that are there; `work.ledger.confirmed_areas` reads all of the log.
        """
        is_confirmed = and_(WorkItemTable.kind == "area", WorkItemTable.answer == LOOKED)
        found = defaultdict[int, list[Sequence[float]]](list)
        for row in self._connection.execute(select(*COLUMNS).where(is_confirmed)):
            if row.image_id in image_ids:
                found[row.image_id].append(json.loads(row.subject)["area"])
        return found

    def free_boxes(self, image_id: int, now: float) -> list[WorkItem]:
        """Return the open items about boxes in an image that nobody has."""
        is_free = and_(IS_OPEN, WorkItemTable.held_until <= now, WorkItemTable.kind == "box")
        query = select(*COLUMNS).where(WorkItemTable.image_id == image_id, is_free)
        return [_item(row) for row in self._connection.execute(query)]

    def get(self, item_id: str) -> WorkItem | None:
        """Return the item, or None."""
        row = self._connection.execute(select(*COLUMNS).where(WorkItemTable.id == item_id)).first()
        return None if row is None else _item(row)

    def first(self, holder: str, now: float, limit: int) -> list[WorkItem]:
        """Return the first `limit` open items that nobody but `holder` has: first those that it has, then free ones.

        Areas are left out while somebody else has a box of their image: it may be in the area.
        """
        is_mine = WorkItemTable.holder == holder
        mine = map(_item, self._connection.execute(select(*COLUMNS).where(IS_OPEN, is_mine)))
        found = sorted(mine, key=lambda item: (item.place, item.sureness, item.id))[:limit]
        is_free = and_(IS_OPEN, WorkItemTable.held_until <= now, not_(is_mine), not_(_waits(holder, now)))
        free = select(*COLUMNS).where(is_free).order_by(*ORDER)
        return found + [_item(row) for row in self._connection.execute(free.limit(limit - len(found)))]

    def hold(self, ids: Collection[str], holder: str, until: float) -> None:
        """Give items to `holder` until this time, in seconds since 1970."""
        held = WorkItemTable.id.in_(ids)
        self._connection.execute(update(WorkItemTable).where(held).values(holder=holder, held_until=until))

    def retire(self, ids: Collection[str]) -> None:
        """Ask nobody about items any more; until their leases end, an answer on its way still finds them."""
        self._connection.execute(update(WorkItemTable).where(WorkItemTable.id.in_(ids)).values(holder=""))

    def give_back(self, holder: str, keep: Collection[str] = ()) -> None:
        """Make the open items of `holder` free, except those whose ids are in `keep`."""
        held = and_(WorkItemTable.holder == holder, IS_OPEN, WorkItemTable.id.not_in(keep))
        self._connection.execute(update(WorkItemTable).where(held).values(holder="", held_until=0.0))

    def answer_of(self, item_id: str) -> GivenAnswer | None:
        """Return the answer to an item; None without the item."""
        query = select(WorkItemTable.answered_by, WorkItemTable.answer).where(WorkItemTable.id == item_id)
        row = self._connection.execute(query).first()
        return None if row is None else GivenAnswer(*row)

    def answers(self) -> dict[str, GivenAnswer]:
        """Return the answers by the ids of the answered items."""
        rows = self._connection.execute(ANSWERS.where(WorkItemTable.answer != ""))
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
        """Return how far the questions are answered; `elsewhere` does not count those of `holder`.

        Retired ones count nowhere.
        """
        counted = select(WorkItemTable.answer, func.count().label("number")).group_by(WorkItemTable.answer)
        counts = {row.answer: row.number for row in self._connection.execute(counted)}
        is_elsewhere = case((and_(IS_OPEN, WorkItemTable.holder.not_in((holder, ""))), 1))
        is_retired = case((and_(IS_OPEN, WorkItemTable.holder == ""), 1))
        held = select(func.count(is_elsewhere), func.count(is_retired)).where(WorkItemTable.held_until > now)
        elsewhere, retired = self._connection.execute(held).one()
        left, skipped = counts.pop("", 0) - retired, counts.pop(SKIP, 0)
        return Progress(sum(counts.values()), skipped, left, elsewhere)

    def is_held(self, item_id: str, now: float) -> bool:
        """Return whether somebody has an open item at this time, in seconds since 1970."""
        held = select(WorkItemTable.id).where(WorkItemTable.id == item_id, IS_OPEN, WorkItemTable.held_until > now)
        return self._connection.execute(held).first() is not None

    def held(self, now: float) -> set[str]:
        """Return the ids of the open items that somebody has at this time, in seconds since 1970."""
        query = select(WorkItemTable.id).where(WorkItemTable.held_until > now, IS_OPEN)
        return set(self._connection.execute(query).scalars())

    def count_answers(self, since: datetime, standing: bool) -> int:
        """Return the number of answers since this time, without skips. `standing`: without undone ones too, slower."""
        is_counted = and_(EventTable.verb == "answer", EventTable.kind != SKIP, EventTable.created_at > since)
        query = select(func.count()).select_from(EventTable).where(is_counted)
        return int(
            self._connection.execute(query.where(EventTable.seq.in_(STANDING)) if standing else query).scalar_one()
        )

    def standing_answers(self) -> set[int]:
        """Return the numbers of the events of answers that nobody has undone."""
        return set(self._connection.execute(STANDING).scalars())


def _item(row: Row[Any]) -> WorkItem:
    values = row._asdict()
    return WorkItem(**values | {"subject": json.loads(values["subject"])})

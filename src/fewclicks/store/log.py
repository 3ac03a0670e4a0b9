"""The append-only log: requests become events, which update annotations, suggestions, statuses and classes."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from fewclicks.errors import ConflictError
from fewclicks.store.classes import restored_classes, with_needed
from fewclicks.store.event_rows import (
    APPEND,
    CHANGES_OF,
    COLUMNS,
    KNOWN,
    LAST,
    LAST_CHANGED,
    LAST_REQUESTED,
    LAST_SEQ,
    LATEST_PROMPTS,
    REDO,
    UNDO_WORDS,
    from_row,
    to_row,
)
from fewclicks.store.events import (
    AnnotationChange,
    AnswerChange,
    Change,
    Event,
    ImportedObjects,
    Outcome,
    Request,
    UndoWords,
    Verb,
    changes_from_json,
)
from fewclicks.store.imported import Imported
from fewclicks.store.proposals import Proposals, restored_proposals
from fewclicks.store.records import Classes, ImageStatus
from fewclicks.store.repository import Repository
from fewclicks.store.snapshots import Snapshot, dump
from fewclicks.store.tables import EventTable
from fewclicks.store.work import STANDING


class Log(Repository):
    """A repository that also appends events; all methods of an instance belong to one transaction."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.imported = Imported(connection)

    def known(self, request: Request) -> Event | None:
        """Return the event of an identical earlier request, or None. Raises ConflictError for a reused id."""
        event = self._event(KNOWN, id=request.id)
        if event is None:
            return None
        if (event.request.verb, dump(event.request.payload)) != (request.verb, dump(request.payload)):
            raise ConflictError(f"request id {request.id!r} was used for another request; use a new id")
        return event

    def append(self, request: Request, outcome: Outcome) -> Event:
        """Add a request to the log and apply its outcome to the tables.

        If a change gives an annotation a removed class, a class of the same name replaces it, or else it is restored.
        """
        last, head = self._last(request.author, request.image_id)
        return self._append(last + 1, head, request, outcome)

    def append_as(self, seq: int, request: Request, outcome: Outcome) -> Event | None:
        """Like `append`, if the number of the new event is `seq`; otherwise return None, with nothing added."""
        last, head = self._last(request.author, request.image_id)
        return self._append(seq, head, request, outcome) if last + 1 == seq else None

    def append_import(self, request: Request, objects: Sequence[Snapshot], classes: Change[Classes] | None) -> Event:
        """Add an import to the log, and its objects, of present classes, to the tables; the event does not repeat them.

        The objects carry the number of the event.
        """
        event = self.append(request, Outcome(classes=classes, imported=ImportedObjects.of(objects)))
        self.put_annotations(objects, event.seq)
        return event

    def undo_words(self, author: str, image_id: int | None) -> UndoWords:
        """Return the changes of `author` on this image that undo and redo would apply next."""
        row = self._connection.execute(UNDO_WORDS, {"author": author, "image_id": image_id}).one()
        prompts = (row.annotation_id or "") if row.verb == "respond" else None
        return UndoWords(row.kind, row.redo, row.id, row.redo_id, prompts)

    def undo(self, request: Request, of: str | None = None) -> Event:
        """Revert the latest change of the request's author on its image; `of` is its id, if the client has it.

        What has changed since stays as it is, and counts as `kept`. Raises ConflictError without such a change, or
        when its id is not `of`.
        """
        _, head = self._last(request.author, request.image_id)
        change = None if head is None else self._event(select(*COLUMNS).where(EventTable.seq == head))
        if change is None:
            raise _nothing_to("undo", request)
        _check_id(change, of)
        return self._restore(request, change, change.outcome.reversed(), change.parent)

    def redo(self, request: Request, of: str | None = None) -> Event:
        """Restore the change that undo last reverted; otherwise it works like `undo`."""
        _, head = self._last(request.author, request.image_id)
        change = self._event(REDO, author=request.author, image_id=request.image_id, head=head)
        if change is None:
            raise _nothing_to("redo", request)
        _check_id(change, of)
        return self._restore(request, change, change.outcome, change.seq)

    def revert(self, request: Request, seq: int) -> Event:
        """Revert the event `seq`, even after other work; what has changed since stays, and counts as `kept`."""
        change = self.event(seq)
        full = replace(request, kind=change.request.kind)
        return self.append(full, self._restored(change.request.image_id, change.outcome.reversed()))

    def event(self, seq: int) -> Event:
        """Return the event with this number, which exists."""
        found = self._event(select(*COLUMNS).where(EventTable.seq == seq))
        assert found is not None
        return found

    def latest_answer(self, author: str, request_id: str | None = None) -> Event | None:
        """Return the latest answer of `author` that nobody has undone, or the one of this request; None: none."""
        which = EventTable.seq.in_(STANDING) if request_id is None else EventTable.id == request_id
        answers = select(*COLUMNS).where(EventTable.verb == "answer", EventTable.author == author, which)
        return self._event(answers.order_by(EventTable.seq.desc()).limit(1))

    def last_changed_image(self, author: str, other_than: int) -> int | None:
        """Return the image with the latest change of `author` that undo can revert, other than image `other_than`."""
        return self._connection.execute(LAST_CHANGED, {"author": author, "other_than": other_than}).scalar()

    def last_requested_image(self, author: str) -> int | None:
        """Return the image of the latest request of `author`; None if it named no image, or there is none."""
        return self._connection.execute(LAST_REQUESTED, {"author": author}).scalar()

    def events(self, verb: Verb | None = None) -> list[Event]:
        """Return the whole log, or the events of one verb, oldest first."""
        query = select(*COLUMNS).order_by(EventTable.seq)
        rows = self._connection.execute(query if verb is None else query.where(EventTable.verb == verb))
        return [from_row(row) for row in rows]

    def requests_after(self, seq: int, limit: int) -> list[tuple[int, Request]]:
        """Return the numbers and requests of the first `limit` events after number `seq`, with empty payloads."""
        columns = EventTable.seq, EventTable.id, EventTable.verb, EventTable.kind, EventTable.image_id
        query = select(*columns).where(EventTable.seq > seq).order_by(EventTable.seq).limit(limit)
        rows = self._connection.execute(query)
        return [(row.seq, Request(row.id, row.verb, row.kind, {}, row.image_id)) for row in rows]

    def changes_of(self, annotation_id: str, image_id: int) -> Iterator[tuple[str, AnnotationChange]]:
        """Yield the authors and changes of an annotation of this image, latest first."""
        rows = self._connection.execute(CHANGES_OF, {"image_id": image_id, "quoted_id": dump(annotation_id)})
        for row in rows:
            changes = changes_from_json(row.changes).annotations
            yield from ((row.author or "", change) for change in changes if change.id == annotation_id)

    def was_accepted(self) -> bool:
        """Return whether any annotation was ever accepted in this project."""
        query = select(EventTable.seq).where(EventTable.kind == "accept").limit(1)
        return self._connection.execute(query).first() is not None

    def asked_method(self, annotation_id: str) -> str | None:
        """Return the method that the latest prompts of an annotation were sent to; None without prompts."""
        payload = self._connection.execute(LATEST_PROMPTS, {"annotation_id": annotation_id}).scalar()
        return None if payload is None else str(json.loads(payload)["method"])

    def next_seq(self) -> int:
        """Return the number of the next event."""
        return int(self._connection.execute(LAST_SEQ).scalar_one()) + 1

    # --- parts --------------------------------------------------------------------------------

    def _append(self, seq: int, head: int | None, request: Request, outcome: Outcome) -> Event:
        if not request.is_change:
            return self._write(seq, request, outcome, head, head)
        return self._write(seq, request, self._with_present_classes(outcome), head, seq)

    def _restore(self, request: Request, change: Event, target: Outcome, head: int | None) -> Event:
        full = replace(request, kind=change.request.kind)
        return self._write(self.next_seq(), full, self._restored(request.image_id, target), change.seq, head)

    def _restored(self, image_id: int | None, target: Outcome) -> Outcome:
        """Return the changes of `target` to what is still as it was before them."""
        annotations = tuple(each for each in target.annotations if self._still(each.id, each.before))
        status = target.status if self._has_status(image_id, target.status) else None
        proposals, kept = self._restored_proposals(target.proposals)
        classes, unapplied = self._restored_classes(target.classes, [each.id for each in annotations])
        answer = target.answer if self._is_answered_so(target.answer) else None
        kept += len(target.annotations) - len(annotations) + (target.status != status) + unapplied
        return self._with_present_classes(Outcome(annotations, status, classes, proposals, answer=answer, kept=kept))

    def _still(self, annotation_id: str, expected: Snapshot | None) -> bool:
        """Return whether an annotation is as expected, but for a class that replaced a removed one."""
        present = self.annotation(annotation_id)
        if present is not None and expected is not None and not self.has_class(expected.class_id):
            expected = replace(expected, class_id=present.class_id)
        return present == expected

    def _has_status(self, image_id: int | None, change: Change[ImageStatus] | None) -> bool:
        return change is not None and image_id is not None and self.status(image_id) == change.before

    def _is_answered_so(self, change: AnswerChange | None) -> bool:
        """Return whether a work item still has the answer `change.before`; one whose suggestion is gone has none."""
        return change is not None and self.work.answer_of(change.question["id"]) == change.before

    def _restored_proposals(self, target: Iterable[Change[Proposals]]) -> tuple[tuple[Change[Proposals], ...], int]:
        """Return the changes back to these suggestions, and the number of those that others have changed since."""
        changes, kept = [], 0
        for each in target:
            present = self.proposals(each.after.image_id)
            after, left_alone = restored_proposals(each.before, each.after, present)
            kept += left_alone
            if after != present:
                changes.append(Change(present, after))
        return tuple(changes), kept

    def _restored_classes(
        self, target: Change[Classes] | None, touched: list[str]
    ) -> tuple[Change[Classes] | None, int]:
        """Return the change back to these classes, if one changes, and the number of those that stay as they are."""
        if target is None:
            return None, 0
        present = tuple(self.classes())
        restored = restored_classes(target, present, self.used_classes(besides=touched))
        change = None if restored.classes == present else Change(present, restored.classes)
        return change, len(restored.unapplied)

    def _with_present_classes(self, outcome: Outcome) -> Outcome:
        live = filter(None, map(_live, outcome.annotations))
        needed = sorted({snapshot.class_id for snapshot in live})
        if outcome.classes is None and all(self.has_class(class_id) for class_id in needed):
            return outcome
        present = tuple(self.classes())
        wanted = outcome.classes.after if outcome.classes else present
        classes, replaced = with_needed(wanted, [self.class_row(class_id) for class_id in needed])
        annotations = tuple(_relabelled(each, replaced) for each in outcome.annotations)
        return replace(outcome, annotations=annotations, classes=Change(present, classes))

    def _write(self, seq: int, request: Request, outcome: Outcome, parent: int | None, head: int | None) -> Event:
        event = Event(seq, request, outcome, datetime.now(UTC).replace(tzinfo=None), parent, head)
        self._connection.execute(APPEND, to_row(event))
        self._follow(event)
        return event

    def _follow(self, event: Event) -> None:
        image_id, outcome = event.request.image_id, event.outcome
        if outcome.classes is not None:
            self.put_classes(outcome.classes.after)
            self.work.forget_images()
        if outcome.status is not None and image_id is not None:
            self.set_status(image_id, outcome.status.after)
        self.put_annotations([each.after for each in outcome.annotations if each.after], event.seq)
        self.drop_annotations([each.id for each in outcome.annotations if each.after is None])
        for change in outcome.proposals:
            self.put_proposals(change.after, event.seq)
        if outcome.answer is not None:
            self.work.put_answer(outcome.answer.question["id"], outcome.answer.after)
            if outcome.answer.question.get("kind") == "area" and image_id is not None:
                self.work.forget_images([image_id])

    def _last(self, author: str, image_id: int | None) -> tuple[int, int | None]:
        """Return the number of the last event (0: none) and the change that undo would revert on this line."""
        seq, head = self._connection.execute(LAST, {"author": author, "image_id": image_id}).one()
        return seq, head

    def _event(self, query: Select[Any], **values: object) -> Event | None:
        row = self._connection.execute(query, values).first()
        return None if row is None else from_row(row)


def _check_id(change: Event, of: str | None) -> None:
    if of not in (None, change.request.id):
        raise ConflictError("the image has changed since; check it, then try again")


def _nothing_to(verb: str, request: Request) -> ConflictError:
    where = "" if request.image_id is None else " on this image"
    return ConflictError(f"there is nothing to {verb}{where}; reload the page to see the present state")


def _live(change: AnnotationChange) -> Snapshot | None:
    return change.after if change.after and change.after.state != "deleted" else None


def _relabelled(change: AnnotationChange, replaced: Mapping[int, int]) -> AnnotationChange:
    live = _live(change)
    if live is None or live.class_id not in replaced:
        return change
    return replace(change, after=replace(live, class_id=replaced[live.class_id]))

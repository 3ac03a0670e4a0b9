"""Events of the log: a request and everything that it changed, before and after."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, Literal, TypeVar

from fewclicks.store.proposals import Proposals
from fewclicks.store.records import Classes, ClassRow, ImageStatus
from fewclicks.store.snapshots import Json, Snapshot, dump

T = TypeVar("T")

Verb = Literal[
    "respond",
    "edit",
    "retry",
    "detect",
    "rest",
    "take",
    "undo",
    "redo",
    "status",
    "classes",
    "import",
    "undo-import",
    "rename",
    "ask",
    "accept-moves",
    "undo-batch",
    "answer",
]
CHANGES: frozenset[Verb] = frozenset({"respond", "edit", "retry", "detect", "take", "status", "classes", "answer"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a client.

    id: made by the client. kind: a word such as "click" or "accept"; of undo and redo, that of the change undone or
    redone. payload: the whole body. image_id: the image that the request was sent to;
    None: it may change annotations of many images. author: the browser or program that sent it, by a name of its own;
    undo is for the changes of one author on one image.
    """

    id: str
    verb: Verb
    kind: str
    payload: Json
    image_id: int | None = None
    seconds: float = 0.0
    author: str = ""

    @property
    def is_change(self) -> bool:
        """Whether undo reverts this request."""
        return self.verb in CHANGES


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """A value before and after a request."""

    before: T
    after: T


ChangeT = TypeVar("ChangeT", bound=Change[Any])


def reversed_change(change: ChangeT) -> ChangeT:
    """Return the change that reverts `change`."""
    return replace(change, before=change.after, after=change.before)


@dataclass(frozen=True, slots=True)
class AnnotationChange(Change[Snapshot | None]):
    """An annotation before and after a request; None: it does not exist."""

    @property
    def id(self) -> str:
        known = self.after or self.before
        assert known is not None  # a change has a value before or after
        return known.id


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """The answer to a work item: the id of the request that gave it, and its word; both empty for an open one."""

    request: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class AnswerChange(Change[GivenAnswer]):
    """A work item before and after a request about it; `question` describes the item, for the ledger."""

    question: Json


@dataclass(frozen=True, slots=True)
class ImportedObjects:
    """The number of objects that an import added, and the SHA-256 of their JSON in the order of their ids.

    An object as imported is the value before its first later change, or without one its row (see `replay.py`).
    """

    count: int
    digest: str

    @classmethod
    def of(cls, objects: Iterable[Snapshot]) -> "ImportedObjects":
        ordered = sorted(objects, key=lambda each: each.id)
        digest = sha256()
        for each in ordered:
            digest.update(f"{each.to_json()}\n".encode())
        return cls(len(ordered), digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Outcome:
    """The changes that a request made, and the model's time or error.

    annotations: the requested one first. status: that of the request's image. proposals: one change for each image. If
    the request names an image, annotations and proposals are those of this image. classes: the whole list. imported:
    the objects that an import added; `annotations` does not repeat them. answer: the work item that the request is
    about. kept: the number of things that undo or redo left alone because they have changed since.
    """

    annotations: tuple[AnnotationChange, ...] = ()
    status: Change[ImageStatus] | None = None
    classes: Change[Classes] | None = None
    proposals: tuple[Change[Proposals], ...] = ()
    imported: ImportedObjects | None = None
    answer: AnswerChange | None = None
    model_ms: float | None = None
    error: str | None = None
    clicks: int = 0
    kept: int = 0

    def reversed(self) -> "Outcome":
        """Return only the changes, reverted."""
        return Outcome(
            tuple(reversed_change(change) for change in self.annotations),
            self.status and reversed_change(self.status),
            self.classes and reversed_change(self.classes),
            tuple(reversed_change(change) for change in self.proposals),
            answer=self.answer and reversed_change(self.answer),
        )


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log."""

    seq: int
    request: Request
    outcome: Outcome
    created_at: datetime
    parent: int | None
    head: int | None


@dataclass(frozen=True, slots=True)
class UndoWords:
    """The kinds and ids of the changes that undo and redo would apply next; None without such a change.

    undo_prompts: the annotation whose latest prompts undo would take back, "" for those of the whole image, None if
    undo would revert something else.
    """

    undo: str | None
    redo: str | None
    undo_of: str | None = None
    redo_of: str | None = None
    undo_prompts: str | None = None


def changes_to_json(outcome: Outcome) -> str | None:
    """Return the changes as JSON, or None without changes.

    `{"annotations": [[before, after], ...], "status": [before, after], "classes": [before, after],
    "proposals": [[before, after], ...], "imported": {"count": 600, "digest": "..."}, "answer": {"question": {...},
    "before": {...}, "after": {...}}, "kept": 1}`, without the keys of unchanged values.
    """
    changes: Json = {}
    if outcome.annotations:
        changes["annotations"] = [[_plain(each.before), _plain(each.after)] for each in outcome.annotations]
    if outcome.status:
        changes["status"] = [[each.status, each.version] for each in (outcome.status.before, outcome.status.after)]
    if outcome.classes:
        changes["classes"] = [[asdict(row) for row in rows] for rows in (outcome.classes.before, outcome.classes.after)]
    if outcome.proposals:
        changes["proposals"] = [[each.before.to_plain(), each.after.to_plain()] for each in outcome.proposals]
    if outcome.imported:
        changes["imported"] = asdict(outcome.imported)
    if outcome.answer:
        changes["answer"] = asdict(outcome.answer)
    if outcome.kept:
        changes["kept"] = outcome.kept
    return dump(changes) if changes else None


def changes_from_json(text: str | None) -> Outcome:
    """Return the outcome with only the changes of `changes_to_json`.

    In logs of earlier versions `proposals` is the single pair of one image.
    """
    changes = json.loads(text or "{}")
    annotations = (AnnotationChange(*map(_snapshot, pair)) for pair in changes.get("annotations", ()))
    status, classes, proposals = changes.get("status"), changes.get("classes"), changes.get("proposals", [])
    pairs = [proposals] if proposals and isinstance(proposals[0], dict) else proposals
    imported, answer = changes.get("imported"), changes.get("answer")
    return Outcome(
        tuple(annotations),
        Change(*map(_status, status)) if status else None,
        Change(*(tuple(ClassRow(**row) for row in rows) for rows in classes)) if classes else None,
        tuple(Change(*map(Proposals.from_plain, pair)) for pair in pairs),
        ImportedObjects(**imported) if imported else None,
        _answer(answer) if answer else None,
        kept=changes.get("kept", 0),
    )


def _answer(plain: Json) -> AnswerChange:
    return AnswerChange(GivenAnswer(**plain["before"]), GivenAnswer(**plain["after"]), plain["question"])


def _status(plain: list[str] | str) -> ImageStatus:
    """Read a status with its version; early versions of fewclicks logged the status alone."""
    return ImageStatus(plain) if isinstance(plain, str) else ImageStatus(*plain)


def _plain(snapshot: Snapshot | None) -> Json | None:
    return None if snapshot is None else snapshot.to_plain()


def _snapshot(plain: Json | None) -> Snapshot | None:
    return None if plain is None else Snapshot.from_plain(plain)

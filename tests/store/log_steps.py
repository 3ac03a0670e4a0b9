"""Requests that tests of the log append, undo and redo."""

from dataclasses import replace

from fewclicks.store.classes import class_change
from fewclicks.store.events import AnnotationChange, Change, Event, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.records import ClassRow, ImageStatus
from fewclicks.store.snapshots import Snapshot

CAT, DOG = ClassRow(1, "cat", "#e69f00"), ClassRow(2, "dog", "#56b4e9")
FOX = ClassRow(9, "fox", "#009e73", "with its tail")


def box(x: float) -> dict[str, object]:
    return {"type": "box", "xyxy": [x, 0.0, x + 5, 5.0]}


def make(
    log: Log,
    annotation_id: str,
    image_id: int = 1,
    x: float = 0,
    kind: str = "box",
    seconds: float = 1,
    author: str = "",
) -> Event:
    """A change: the annotation gets a box at `x`."""
    before = log.annotation(annotation_id)
    after = Snapshot(annotation_id, image_id, 1, "accepted", box(x))
    number = log.next_seq()
    request = Request(f"e{number}", "edit", kind, {"number": number}, image_id, seconds, author)
    return log.append(request, Outcome((AnnotationChange(before, after),), clicks=2))


def deleted(row: Snapshot) -> Snapshot:
    return replace(row, state="deleted")


def after_of(event: Event) -> dict[str, Snapshot | None]:
    return {change.id: change.after for change in event.outcome.annotations}


def step(log: Log, verb: str, image_id: int = 1, author: str = "") -> Event:
    number = log.next_seq()
    request = Request(f"{verb}{number}", verb, verb, {"n": number}, image_id, author=author)  # type: ignore[arg-type]
    return log.undo(request) if verb == "undo" else log.redo(request)


def change(log: Log, *changes: AnnotationChange, kind: str = "merge", image_id: int = 1) -> Event:
    """Several annotations at once."""
    number = log.next_seq()
    return log.append(Request(f"e{number}", "edit", kind, {"number": number}, image_id), Outcome(changes))


def mark(log: Log, status: str, image_id: int = 1, author: str = "") -> Event:
    name = f"e{log.next_seq()}"
    outcome = Outcome(status=Change(log.status(image_id), ImageStatus(status, name)))
    return log.append(Request(name, "status", status, {}, image_id, author=author), outcome)


def edit_classes(log: Log, *classes: ClassRow) -> Event:
    outcome = Outcome(classes=class_change(log, classes))
    return log.append(Request(f"e{log.next_seq()}", "classes", "classes", {}, 1), outcome)

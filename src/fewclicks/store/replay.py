"""The state of a project replayed from the log, to check that it is complete.

The event of an import does not contain its objects. `objects_as_imported` goes back from the present annotations to
them; the digest in the event proves that they are those that were imported.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from fewclicks.store.events import Event, GivenAnswer
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import Classes, ImageStatus
from fewclicks.store.snapshots import Snapshot

ByEvent = Mapping[int, Sequence[Snapshot]]
"""Annotations by the number of the event that added them."""


def objects_as_imported(events: Sequence[Event], present: ByEvent) -> ByEvent:
    """Return the objects of each import whose event does not contain them, as they were after it.

    present: the annotations after `events`.
    """
    rows = {each.id: (seq, each) for seq, annotations in present.items() for each in annotations}
    found: dict[int, list[Snapshot]] = {}
    for event in reversed(events):
        if event.outcome.imported is not None:
            found[event.seq] = _taken(event, rows)
        _go_back(event, rows)
    return found


def _taken(event: Event, rows: dict[str, tuple[int, Snapshot]]) -> list[Snapshot]:
    """Remove the rows that `event` added, and return their annotations."""
    return [rows.pop(name)[1] for name, (added_by, _) in list(rows.items()) if added_by == event.seq]


def _go_back(event: Event, rows: dict[str, tuple[int, Snapshot]]) -> None:
    """Make `rows`, each with the event that added it, those from before `event`."""
    for change in event.outcome.annotations:
        if change.before is None:
            rows.pop(change.id, None)
        else:
            added_by, _ = rows.get(change.id, (event.request.payload.get("event", 0), None))  # undo of an import
            rows[change.id] = (added_by, change.before)


def replay_log(events: Iterable[Event], imports: ByEvent = MappingProxyType({})) -> list[Snapshot]:
    """Return every annotation after `events`, deleted ones included, in the order of `Repository.annotations`.

    imports: the result of `objects_as_imported`.
    """
    present: dict[str, tuple[int, Snapshot]] = {}
    for event in events:
        present |= {each.id: (event.seq, each) for each in imports.get(event.seq, ())}
        for change in event.outcome.annotations:
            if change.after is None:
                present.pop(change.id, None)
            else:
                made, _ = present.get(change.id, (event.seq, None))
                present[change.id] = (made, change.after)
    return [snapshot for _, snapshot in sorted(present.values(), key=lambda each: each[0])]


def replay_proposals(events: Iterable[Event]) -> dict[int, Proposals]:
    """Return the class clicks and suggestions of every image after `events`, by image id."""
    changes = (change for event in events for change in event.outcome.proposals)
    return {change.after.image_id: change.after for change in changes}


def replay_statuses(events: Iterable[Event]) -> dict[int, ImageStatus | None]:
    """Return the status of every image with a change of it, by image id; None: an early fewclicks did not log it."""
    statuses: dict[int, ImageStatus | None] = {}
    for event in events:
        image_id, change = event.request.image_id, event.outcome.status
        if image_id is not None and (change is not None or event.request.verb == "status"):
            statuses[image_id] = change.after if change is not None else None
    return statuses


def replay_classes(events: Iterable[Event]) -> Classes | None:
    """Return the classes after their last change; None without one, or if an early fewclicks imported others since."""
    classes: Classes | None = None
    for event in events:
        if event.outcome.classes is not None:
            classes = event.outcome.classes.after
        elif event.request.verb == "import" and "number" in event.request.payload:
            classes = None
    return classes


def replay_answers(events: Iterable[Event]) -> dict[str, GivenAnswer]:
    """Return the answer to every question that was ever answered, by the id of the work item; empty: undone."""
    changes = (event.outcome.answer for event in events)
    return {change.question["id"]: change.after for change in changes if change is not None}

"""The state of a project replayed from the log, to check that it is complete."""

from collections.abc import Iterable

from fewclicks.store.events import Event
from fewclicks.store.proposals import Proposals
from fewclicks.store.records import Classes, ImageStatus
from fewclicks.store.snapshots import Snapshot


def replay_log(events: Iterable[Event]) -> list[Snapshot]:
    """Return every annotation after `events`, deleted ones included, in the order of `Repository.annotations`."""
    present: dict[str, tuple[int, Snapshot]] = {}
    for event in events:
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

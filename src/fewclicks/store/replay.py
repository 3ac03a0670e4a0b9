"""Annotations and suggestions replayed from the log, to check that it is complete."""

from collections.abc import Iterable

from fewclicks.store.events import Event
from fewclicks.store.proposals import Proposals
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
    changes = (event.outcome.proposals for event in events)
    return {change.after.image_id: change.after for change in changes if change is not None}

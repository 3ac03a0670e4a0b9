"""Annotations and proposals as the log alone gives them: the proof that nothing lives outside it."""

from collections.abc import Iterable

from fewclicks.store.events import Event
from fewclicks.store.proposals import Proposals
from fewclicks.store.snapshots import Snapshot


def replay_log(events: Iterable[Event]) -> list[Snapshot]:
    """Every annotation, deleted ones included, after `events` in order; sorted as `Repository.annotations` does."""
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
    """What is clicked and proposed in every image after `events` in order, by the image's id."""
    changes = (event.outcome.proposals for event in events)
    return {change.after.image_id: change.after for change in changes if change is not None}

"""The annotations as the log alone gives them: the proof that nothing lives outside it."""

from collections.abc import Iterable

from fewclicks.store.records import Event
from fewclicks.store.snapshots import Snapshot


def replay_log(events: Iterable[Event]) -> list[Snapshot]:
    """Every annotation, deleted ones included, after `events` in order; sorted as `Repository.annotations` does."""
    present: dict[str, Snapshot] = {}
    for event in events:
        annotation_id = event.request.annotation_id
        if annotation_id is None:
            continue
        if event.outcome.after is None:
            present.pop(annotation_id, None)
        else:
            present[annotation_id] = event.outcome.after
    return list(present.values())

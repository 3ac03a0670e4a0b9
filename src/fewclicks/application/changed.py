"""What a change amounts to, read in the transaction that made it."""

from dataclasses import dataclass

from fewclicks.store.events import Event, UndoWords
from fewclicks.store.log import Log
from fewclicks.store.records import Classes, ImageSummary


@dataclass(frozen=True, slots=True)
class Changed:
    """An event of the log beside the present state of its image, of the classes if it changed them, and of undo."""

    event: Event
    summary: ImageSummary | None
    classes: Classes | None
    undo: UndoWords


def changed(state: Log, event: Event) -> Changed:
    """`event` with what it left behind."""
    image_id = event.request.image_id
    return Changed(
        event,
        None if image_id is None else state.summary(image_id),
        tuple(state.classes()) if event.outcome.classes else None,
        state.undo_words(),
    )

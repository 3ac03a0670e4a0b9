"""The result of a change, read in the transaction that made it."""

from dataclasses import dataclass

from fewclicks.store.events import Event, UndoWords
from fewclicks.store.log import Log
from fewclicks.store.records import Classes, ImageSummary


@dataclass(frozen=True, slots=True)
class Changed:
    """An event of the log with the present summary of its image, the classes if it changed them, and undo and redo."""

    event: Event
    summary: ImageSummary | None
    classes: Classes | None
    undo: UndoWords


def changed(state: Log, event: Event) -> Changed:
    """Return `event` with the state after it."""
    image_id = event.request.image_id
    return Changed(
        event,
        None if image_id is None else state.summary(image_id),
        tuple(state.classes()) if event.outcome.classes else None,
        state.undo_words(event.request.author, image_id),
    )

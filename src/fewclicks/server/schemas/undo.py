"""Undo and redo."""

from fewclicks.server.schemas.base import Id, Schema, Seconds


class UndoState(Schema):
    """The words ("click", "accept", ...) and ids of the changes that undo and redo would apply; null: none.

    They are those of one author on one image. `undo_prompts`: the annotation whose latest prompts undo would take
    back, "" for those of the whole image; null if undo would revert something else.
    """

    undo: str | None
    redo: str | None
    undo_of: str | None = None
    redo_of: str | None = None
    undo_prompts: str | None = None


class EventRequest(Schema):
    """Undo or redo one change; `of` is the id of the expected change, null for any."""

    id: Id
    of: Id | None = None
    seconds: Seconds = 0.0

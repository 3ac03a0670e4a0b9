"""The REST contract of imports.

GET  /api/imports                ImportSchema, latest first
POST /api/imports/{event}/undo   UndoImportRequest -> UndoneImportAnswer (404: the event is not an import)
"""

from datetime import datetime

from fewclicks.server.schemas.base import Id, Schema


class ImportSchema(Schema):
    """An import. `file`: empty for one by an earlier version. `unchanged`: the objects that undo would remove.

    `undone`: it was undone; objects that had changed stayed.
    """

    event: int
    file: str
    created_at: datetime
    objects: int
    unchanged: int
    undone: bool


class UndoImportRequest(Schema):
    id: Id


class UndoneImportAnswer(Schema):
    """The objects removed, and those that stay because they were edited, corrected or deleted since."""

    event: int
    file: str
    removed: int
    edited: int
    corrected: int
    deleted: int

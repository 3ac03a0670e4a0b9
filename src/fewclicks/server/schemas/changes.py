"""What a change answers, and the log of changes."""

from datetime import datetime

from fewclicks.server.schemas.annotations import AnnotationSchema
from fewclicks.server.schemas.base import Id, Schema
from fewclicks.server.schemas.images import ImageSummary
from fewclicks.server.schemas.project import ClassSchema
from fewclicks.server.schemas.suggestions import ProposalsSchema
from fewclicks.server.schemas.undo import UndoState


class ChangeAnswer(Schema):
    """The present state of everything that a request changed. `image` is null if only the classes changed.

    `annotations` starts with the edited one; `removed` are the ids of annotations whose creation was undone; `classes`
    is the whole list and `proposals` those of the image, null if unchanged. `kept`: the number of things that undo or
    redo left alone because they have changed since.
    """

    kind: str
    image: ImageSummary | None
    annotations: list[AnnotationSchema]
    removed: list[Id]
    classes: list[ClassSchema] | None = None
    proposals: ProposalsSchema | None = None
    history: UndoState
    kept: int = 0
    saved_at: datetime
    model_ms: float | None = None
    error: str | None = None  # the model failed; the prompts are stored, retry with `POST .../retry`


class LoggedChange(Schema):
    """An event of the log. `image` is its image as it is now; null: the change may concern any image."""

    seq: int
    id: str  # of the request
    verb: str
    image: ImageSummary | None

"""The REST contract of suggested points and of batches.

POST /api/images/{id}/take-points   TakePointsRequest -> ChangeAnswer
POST /api/moves/accept              AcceptMovesRequest -> AcceptedMovesAnswer
GET  /api/batches                   BatchSchema, latest first
POST /api/batches/{event}/undo      UndoBatchRequest -> UndoneBatchAnswer (404: the event is not a batch)
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from fewclicks.server.schemas.base import Id, ModelName, Schema, Seconds
from fewclicks.server.schemas.suggestions import MoveSchema, SuggestedPointSchema


class TakePointsRequest(Schema):
    """Suggestions of the model `method` that a person accepts or deletes.

    Accepting `moves` moves their annotations, except those that are no longer at `from_xy`. Accepting `points` adds
    annotations; the n-th has the id of the request followed by "-n"; one within a pixel of an accepted point is
    skipped. A deleted point is not suggested again. All of them are removed from `proposals`.
    """

    id: Annotated[str, Field(min_length=1, max_length=56)]
    kind: Literal["accept", "delete"]
    method: ModelName
    points: list[SuggestedPointSchema] = Field(default=[], max_length=10_000)
    moves: list[MoveSchema] = Field(default=[], max_length=100_000)
    seconds: Seconds = 0.0


class AcceptMovesRequest(Schema):
    """Accept the suggested moves of all images and models, as one event; undo it as a batch."""

    id: Id


class AcceptedMovesAnswer(Schema):
    """The event, and how many points moved in how many images.

    `outdated`: suggested moves of points that were moved or deleted since; they were removed.
    """

    event: int
    images: int
    moved: int
    outdated: int


class BatchSchema(Schema):
    """An event that changed many images: the answers of a job, or moves accepted in all images.

    `kind` is its word. `images`: those that it changed. `undone`: it was undone; what had changed since stayed.
    """

    event: int
    kind: str
    created_at: datetime
    images: int
    undone: bool


class UndoBatchRequest(Schema):
    id: Id


class UndoneBatchAnswer(Schema):
    """The number of annotations `restored` or removed, and of `images` that changed.

    `kept`: the number of annotations and suggestions that stay because they have changed since.
    """

    event: int
    kind: str
    restored: int
    images: int
    kept: int

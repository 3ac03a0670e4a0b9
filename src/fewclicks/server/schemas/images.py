"""Images: the list, one of them with everything in it, its status, its tiles."""

from typing import Literal

from fewclicks.server.schemas.annotations import AnnotationSchema
from fewclicks.server.schemas.base import Id, ModelName, Schema, Version, View
from fewclicks.server.schemas.suggestions import ProposalsSchema
from fewclicks.server.schemas.undo import UndoState


class ImageSummary(Schema):
    """A row of the image list. `problem` is why the image cannot be opened, or null; a `large` image has tiles.

    `status_version` changes whenever somebody sets the status.
    """

    id: int
    file_name: str
    width: int
    height: int
    large: bool
    status: Literal["todo", "done"]
    status_version: str
    annotations: int
    proposed: int
    clicks: int
    seconds: float
    worst_quality: float | None = None  # the lowest predicted IoU of its annotations
    problem: str | None = None


class ImageDetail(Schema):
    image: ImageSummary
    annotations: list[AnnotationSchema]  # creation order, without deleted ones
    proposals: ProposalsSchema
    history: UndoState


class StatusRequest(Schema):
    """The new status of an image. `version`: the `status_version` that the client saw, null: not checked.

    If another client has changed the status since, the request is refused, unless both want the same status.
    """

    id: Id
    status: Literal["todo", "done"]
    version: Version | None = None


class ViewRequest(Schema):
    """The visible window, and the model of the current tool; without it, the first model of the task `boxes`."""

    view: View
    method: ModelName | None = None


class TilesAnswer(Schema):
    """The deep zoom tiles of a large image, `tile_size` pixels a side, without overlap.

    Levels: `coarsest` to `finest`, each twice as large as the one before. Tiles are available once `progress` is 1.
    `version` changes with the content of the image.
    """

    progress: float
    width: int
    height: int
    tile_size: int
    coarsest: int
    finest: int
    version: str

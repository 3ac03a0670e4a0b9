"""Suggested boxes and points, and what a person does with suggested boxes."""

from typing import Annotated, Literal

from pydantic import Field

from fewclicks.server.schemas.base import Coordinate, Id, Number, Point, Schema, Score, Seconds, Version


class ClassClickSchema(Schema):
    """A click on an object with its class. `xyxy`: the box around the object, if a person drew one."""

    x: Coordinate
    y: Coordinate
    class_id: Number
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = None


BoxRow = tuple[Coordinate, Coordinate, Coordinate, Coordinate, Coordinate]  # cx, cy, w, h, angle


class MoveSchema(Schema):
    """A suggested move of an annotated point, in pixels. Outdated once the annotation is no longer at `from_xy`."""

    annotation_id: Id
    from_xy: Point
    to_xy: Point
    score: Score


class SuggestedPointSchema(Schema):
    """A suggested point, in pixels."""

    x: Coordinate
    y: Coordinate
    class_id: Number
    score: Score


class SuggestedPointsSchema(Schema):
    """The suggestions of one model of points, `method`, whose version is `weights`; points with the best ones first.

    `whole`: the model has answered for the whole image; otherwise `POST .../advance` answers the remaining tiles.
    `version` is the id of the request that they answer.
    """

    method: str
    weights: str
    moves: list[MoveSchema]
    points: list[SuggestedPointSchema]
    whole: bool
    version: str


class ProposalsSchema(Schema):
    """The class clicks of an image and the boxes suggested for them, highest confidence first.

    `oriented`: the model predicts angles, so a box with angle 0 is an oriented box too. `method` and `weights`: the
    method and version that made them. `whole`: the model has answered for the whole image; otherwise `POST
    .../advance` answers the remaining tiles. `version` changes with the clicks; answers and accepted boxes leave it
    unchanged. `points`: the suggestions of each model of points that was asked.
    """

    image_id: Number
    clicks: list[ClassClickSchema] = Field(default=[])
    boxes: list[BoxRow] = Field(default=[])
    scores: list[float] = Field(default=[])
    class_ids: list[Number] = Field(default=[])
    oriented: bool = False
    method: str = ""
    weights: str = ""
    whole: bool = True
    version: str = ""
    points: list[SuggestedPointsSchema] = Field(default=[])


class TakeRequest(Schema):
    """Suggested boxes that a person accepts or deletes, with their confidences and classes.

    They are removed from `proposals` and become annotations, upright boxes or `oriented` ones; the
    n-th has the id of the request followed by "-n". `version`: that of the class clicks for which the client saw the
    boxes; if another client has changed the clicks since, the request is refused. Null: not checked.
    """

    id: Annotated[str, Field(min_length=1, max_length=56)]
    kind: Literal["accept", "delete"]
    boxes: Annotated[list[BoxRow], Field(min_length=1, max_length=5000)]
    scores: list[Score]
    class_ids: list[Number]
    oriented: bool = False
    version: Version | None = None
    seconds: Seconds = 0.0

"""Requests under the names of earlier releases."""

from pydantic import Field

from fewclicks.server.schemas.base import Coordinate, Id, Number, Schema, Seconds, View


class EarlierClick(Schema):
    """A click on an object with its class. `xyxy`: the box around the object, if a person drew one."""

    x: Coordinate
    y: Coordinate
    class_id: Number
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = None


class DetectRequest(Schema):
    """`/respond` to the first model of the task `boxes`; `elsewhere` is called `examples` there."""

    id: Id
    clicks: list[EarlierClick] = Field(default=[], max_length=1000)
    removed: list[EarlierClick] = Field(default=[], max_length=1000)
    elsewhere: bool = True
    seconds: Seconds = 0.0


class RestRequest(Schema):
    """`/advance` of the first model of the task `boxes`; `elsewhere` is called `examples` there."""

    id: Id
    elsewhere: bool = True
    view: View | None = None

"""The prompts of models."""

from typing import Annotated, Literal

from pydantic import Field

from fewclicks.server.schemas.base import Coordinate, Number, Point, Schema


class ClickPrompt(Schema):
    type: Literal["click"] = "click"
    x: Coordinate
    y: Coordinate
    adds: bool
    round: int = 0


class BoxPromptSchema(Schema):
    type: Literal["box"] = "box"
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class ExtremePointsPrompt(Schema):
    type: Literal["extreme_points"] = "extreme_points"
    points: Annotated[list[Point], Field(min_length=4, max_length=4)]


class ScribblePrompt(Schema):
    """A stroke over pixels that belong to the region. The server sets `round`; later strokes lie on top."""

    type: Literal["scribble"] = "scribble"
    points: Annotated[list[Point], Field(min_length=1, max_length=20_000)]
    round: int = 0


class AnotherMaskPrompt(Schema):
    """Asks for the next best mask of the same prompts. The only prompt of its request; the server sets `round`."""

    type: Literal["another_mask"] = "another_mask"
    round: int = 0


class ClassClickPrompt(Schema):
    """A click on an object, with its class. The model answers with boxes for all objects of the image.

    `xyxy`: the box around the object, if a person drew one; the click is inside it.
    """

    type: Literal["class_click"] = "class_click"
    x: Coordinate
    y: Coordinate
    class_id: Number
    xyxy: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = None


StoredPromptSchema = Annotated[
    ClickPrompt | BoxPromptSchema | ExtremePointsPrompt | ScribblePrompt | AnotherMaskPrompt,
    Field(discriminator="type"),
]
PromptSchema = Annotated[
    ClickPrompt | BoxPromptSchema | ExtremePointsPrompt | ScribblePrompt | AnotherMaskPrompt | ClassClickPrompt,
    Field(discriminator="type"),
]

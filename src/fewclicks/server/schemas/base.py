"""What every schema of the REST contract is made of: ids, numbers, places in an image.

Ids of events and annotations are made by the client (any string of 1 to 64 characters, UUIDs in the page),
so that a repeated request has no further effect. Coordinates are image pixels.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.store.shapes import FARTHEST

Id = Annotated[str, Field(min_length=1, max_length=64)]
Version = Annotated[str, Field(max_length=64)]
Number = Annotated[int, Field(ge=1, lt=2**53)]  # id of an image or a class, in the range of JavaScript and SQLite
Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-FARTHEST, le=FARTHEST)]
Point = tuple[Coordinate, Coordinate]
View = tuple[Coordinate, Coordinate, Coordinate, Coordinate]  # x0, y0, x1, y1 of the visible window
Score = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]  # a person's time for the request
ModelName = Annotated[str, Field(min_length=1, max_length=100)]  # of `GET /api/methods`


class Schema(BaseModel):
    """A JSON object without unknown fields."""

    # Responses have every field, so the page does not handle missing ones.
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)

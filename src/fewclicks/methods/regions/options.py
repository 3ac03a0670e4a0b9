"""Options of an opened `regions` model, for comparisons of the paper."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RegionsOptions(BaseModel):
    """Options of an opened `regions` model."""

    model_config = ConfigDict(frozen=True)

    shared_points: Literal["yes", "no"] | None = Field(
        default=None,
        description="Show the network the clicks and scribbles of the other regions, too; by default as in training.",
        json_schema_extra={"group": "Research"},
    )
    expect: Literal["full", "single"] | None = Field(
        default=None,
        description="Report an error unless the model is of this kind: full-image (full) or single-region (single).",
        json_schema_extra={"group": "Research"},
    )

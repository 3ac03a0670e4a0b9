"""Options of an opened model, which repeat comparisons of the paper."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RegionsOptions(BaseModel):
    """How to open a version of `regions`."""

    model_config = ConfigDict(frozen=True)

    shared_points: Literal["yes", "no"] | None = Field(
        default=None,
        description="Whether the head sees the annotations of the other regions; by default as in training.",
        json_schema_extra={"group": "Research"},
    )
    expect: Literal["full", "single"] | None = Field(
        default=None,
        description="Refuse weights that are not of a full-image model (full) or of a single-region model (single).",
        json_schema_extra={"group": "Research"},
    )

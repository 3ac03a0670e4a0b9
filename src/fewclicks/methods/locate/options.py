"""Options of an opened refiner, for measurements: the constraints of the paper's Algorithm 2."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

RESEARCH: JsonDict = {"group": "Research"}


class ConstraintOptions(BaseModel):
    """The constraints of refinement (coarse point refinement, Sec. 3.3 and Table 4c)."""

    model_config = ConfigDict(frozen=True)

    lowest: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="delta 1: the minimum score of a semantic point; by default half of the median score at the "
        "points of its class in the model's training data.",
        json_schema_extra=RESEARCH,
    )
    relative: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="delta 2: the minimum score of a semantic point as a share of the score at the annotated "
        "point; by default the value of the model.",
        json_schema_extra=RESEARCH,
    )
    by_class: bool = Field(
        default=True,
        description="Constraint II: semantic points score highest for their own class.",
        json_schema_extra=RESEARCH,
    )
    nearest: Literal["own", "all", "off"] = Field(
        default="own",
        description="Constraint III: the annotation nearest to a semantic point, of its class or of all classes, "
        "is the one it belongs to.",
        json_schema_extra=RESEARCH,
    )
    star: bool = Field(
        default=True,
        description="Constraint star: all points on the line from a semantic point to the annotated point are "
        "semantic points, too.",
        json_schema_extra=RESEARCH,
    )
    adaptive: bool = Field(
        default=False,
        description="Refine twice. The second pass sets R for each object by the scores around its refined point.",
        json_schema_extra=RESEARCH,
    )


class ReadingOptions(BaseModel):
    """At which scale a refiner without training reads an image."""

    model_config = ConfigDict(frozen=True)

    spacing: float | None = Field(
        default=None,
        ge=16,
        le=256,
        allow_inf_nan=False,
        description="The untrained refiner scales each image so that neighbouring points are this many pixels apart; "
        "by default 64. Increase it if only some of the objects have points.",
        json_schema_extra=RESEARCH,
    )


class RefineOptions(ConstraintOptions, ReadingOptions):
    """Options of an opened `refine` model."""

    radius: int | None = Field(
        default=None, ge=1, le=64, description="R in cells; by default that of the model.", json_schema_extra=RESEARCH
    )

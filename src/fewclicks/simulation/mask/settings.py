"""Settings of the simulation of masks."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

Start = Literal["box", "loose", "extreme", "nothing"]
ClickKind = Literal["region", "boundary"]
LARGEST_SEED = 2**32 - 1


class MaskSettings(BaseModel):
    """Settings of the data and of the simulated annotator, in image pixels."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(description="COCO instances (JSON) with images beside the file.")
    start: Start = Field(
        default="box",
        validation_alias=AliasChoices("from", "start"),
        description="First prompt: a tight box, a loose box, extreme points, or nothing.",
    )
    clicks: ClickKind = Field(
        default="region", description="Where the simulated annotator clicks: inside error regions or on their boundary."
    )
    rounds: int = Field(default=3, ge=0, description="Number of correction rounds.")
    per_round: int = Field(default=3, ge=1, description="Maximum clicks in a round.")
    noise: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="Standard deviation of the places of clicks, in pixels."
    )
    min_region: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="Ignore error regions below N x N pixels in area."
    )
    enlarge: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Enlarge images and masks N times, as if taken by a camera with more pixels.",
    )
    noc: bool = Field(default=True, description="Also count the clicks needed to reach 85% and 90% IoU, up to 20.")
    limit: int | None = Field(default=None, ge=1, description="Use at most N objects.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of the simulated annotator.")

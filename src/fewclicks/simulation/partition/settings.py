"""The settings of a simulated annotator of partitions."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST_SEED = 2**32 - 1

Allocation = Literal["one-each", "free"]


class PartitionSettings(BaseModel):
    """Which images are partitioned, with how many scribbles."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(description="COCO panoptic (JSON), or a folder of photos beside its label images FOLDER_labels.")
    allocation: Allocation = Field(
        default="free",
        description="Draw one scribble for each region (one-each), or as many where they help most (free).",
    )
    scribbles: int = Field(
        default=4, ge=0, le=50, description="Rounds of correction, with one scribble a region on average."
    )
    limit: int | None = Field(default=None, ge=1, description="Use at most N images.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of the simulated annotator.")

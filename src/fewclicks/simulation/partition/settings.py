"""The settings of the simulation of partitions."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST_SEED = 2**32 - 1

Allocation = Literal["one-each", "free"]


class PartitionSettings(BaseModel):
    """Settings of the data and of the simulated annotator."""

    model_config = ConfigDict(frozen=True)

    data: Path = Field(description="COCO panoptic (JSON), or a folder of photos with label images in FOLDER_labels.")
    allocation: Allocation = Field(
        default="free",
        description="Draw one scribble in each region (one-each), or the same number where they help most (free).",
    )
    scribbles: int = Field(
        default=4, ge=0, le=50, description="Number of correction rounds, with one scribble a region on average."
    )
    limit: int | None = Field(default=None, ge=1, description="Use at most N images.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of the simulated annotator.")

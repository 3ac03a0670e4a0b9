"""The settings of a training run of `regions`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST_SEED = 2**32 - 1

LossName = Literal["pixel", "mask"]


class TrainSettings(BaseModel):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given.

    Sec. 5.2 and 5.3 of the paper compare loss, shared_points and scribbles.
    """

    model_config = ConfigDict(frozen=True)

    data: tuple[str, ...] = Field(
        min_length=1, description="A data set of partitions, PATH or PATH:WEIGHT; repeat the option for several."
    )
    backbone: Path = Field(description="MobileNetV2 weights to start from (safetensors), or a trained model (ONNX).")
    out: Path = Field(description="Folder for checkpoints and results; run again to resume an interrupted run.")
    name: str = Field(default="regions", description="Name of the model files.")
    minutes: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Training time in minutes, including resumed runs."
    )
    steps: int | None = Field(default=None, ge=1, description="Number of training steps, instead of --minutes.")
    loss: LossName = Field(
        default="pixel",
        description="Loss over the pixels of the common canvas (pixel) or of each mask separately (mask).",
        json_schema_extra={"group": "Research"},
    )
    shared_points: bool = Field(
        default=True,
        description="Give the annotations of the other regions to the head.",
        json_schema_extra={"group": "Research"},
    )
    scribbles: bool = Field(
        default=True,
        description="Train with corrective scribbles, not only with extreme points.",
        json_schema_extra={"group": "Research"},
    )
    batch: int = Field(default=2, ge=1, description="Images in a training step.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of data and initialisation.")

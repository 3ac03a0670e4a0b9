"""The settings of a training run of `regions`."""

from typing import Literal

from pydantic import Field

from fewclicks.methods.shared.training_settings import LARGEST_SEED, RunSettings

LossName = Literal["pixel", "mask"]


class TrainSettings(RunSettings):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given.

    Sec. 5.2 and 5.3 of the paper compare loss, shared_points and scribbles.
    """

    data: tuple[str, ...] = Field(
        min_length=1, description="A data set of partitions, PATH or PATH:WEIGHT; repeat the option for several."
    )
    name: str = Field(default="regions", description="Name of the model files.")
    loss: LossName = Field(
        default="pixel",
        description="Loss over the pixels of the common canvas (pixel) or of each mask separately (mask).",
        json_schema_extra={"group": "Research"},
    )
    shared_points: bool = Field(
        default=True,
        description="Show the network the clicks and scribbles of the other regions, too.",
        json_schema_extra={"group": "Research"},
    )
    scribbles: bool = Field(
        default=True,
        description="Train with corrective scribbles, not only with extreme points.",
        json_schema_extra={"group": "Research"},
    )
    batch: int = Field(default=2, ge=1, description="Images in a training step.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of data and initialisation.")

"""The settings of a training run of `segment`."""

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from fewclicks.methods.segment.options import ClickEncoding
from fewclicks.methods.shared.training_settings import LARGEST_SEED, RunSettings
from fewclicks.simulation.mask.settings import ClickKind

Design = Literal["crop", "encode_once"]
LossName = Literal["bce", "nfl"]
RESEARCH: JsonDict = {"group": "Research"}


class TrainSettings(RunSettings):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given.

    The group Research contains the settings that Sec. 3.2 of the paper compares, and `colour_model`.
    """

    data: tuple[str, ...] = Field(
        min_length=1, description="A training set, PATH or PATH:WEIGHT; repeat the option for several."
    )
    name: str = Field(default="segment", description="Name of the model files.")
    design: Design = Field(
        default="crop",
        description="Run the whole network on each crop (crop), or encode the image once (encode_once).",
        json_schema_extra=RESEARCH,
    )
    clicks: ClickKind = Field(
        default="region",
        description="Train with clicks in error regions or on their boundary.",
        json_schema_extra=RESEARCH,
    )
    encoding: ClickEncoding = Field(
        default="disk", description="How clicks are drawn for the network.", json_schema_extra=RESEARCH
    )
    previous_mask: bool = Field(
        default=True, description="Give the previous mask to the network.", json_schema_extra=RESEARCH
    )
    iterative: bool = Field(
        default=True,
        description="Train with clicks that correct any answer of the network, not only the first.",
        json_schema_extra=RESEARCH,
    )
    loss: LossName = Field(
        default="bce",
        description="Pixel loss: cross-entropy (bce) or normalised focal loss (nfl).",
        json_schema_extra=RESEARCH,
    )
    colour_model: bool = Field(
        default=True,
        description="Give colour models of object and background to the network.",
        json_schema_extra=RESEARCH,
    )
    batch: int = Field(default=16, ge=1, description="Crops in a training step.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of data and initialisation.")
    workers: int | None = Field(
        default=None,
        ge=1,
        description="Number of processes that simulate annotators, by default one for each core.",
    )
    ranker: bool = Field(default=True, description="Also train the ranker, which predicts the IoU of masks.")

"""The settings of a training run of `segment`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from fewclicks.methods.segment.options import ClickEncoding
from fewclicks.simulation.mask.settings import LARGEST_SEED, ClickKind

Design = Literal["crop", "encode_once"]
LossName = Literal["bce", "nfl"]
RESEARCH: JsonDict = {"group": "Research"}


class TrainSettings(BaseModel):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given.

    The group Research contains the settings that Sec. 3.2 of the paper compares, and `colour_model`.
    """

    model_config = ConfigDict(frozen=True)

    data: tuple[str, ...] = Field(
        min_length=1, description="A training set, PATH or PATH:WEIGHT; repeat the option for several."
    )
    backbone: Path = Field(description="MobileNetV2 weights to start from (safetensors), or a trained model (ONNX).")
    out: Path = Field(description="Folder for checkpoints and results; run again to resume an interrupted run.")
    name: str = Field(default="segment", description="Name of the model files.")
    minutes: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Training time in minutes, including resumed runs."
    )
    steps: int | None = Field(default=None, ge=1, description="Number of training steps, instead of --minutes.")
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
    ranker: bool = Field(default=True, description="Also train the ranker, which predicts the IoU of masks.")

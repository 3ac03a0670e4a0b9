"""The settings of training runs of `detect`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from fewclicks.methods.detect.inference.network.design import (
    ClickCount,
    Collation,
    Correlation,
    EarlyFusion,
    LateFusion,
    Stages,
    Uel,
    Variant,
)
from fewclicks.methods.shared.training_settings import LARGEST_SEED, ProjectRunSettings, RunSettings

RESEARCH: JsonDict = {"group": "Research"}


class Canvases(BaseModel):
    """The content of a training step, and the seed."""

    model_config = ConfigDict(frozen=True)

    side: int = Field(default=448, ge=32, le=2048, description="Side of a training canvas in pixels, a multiple of 32.")
    batch: int = Field(default=4, ge=1, description="Canvases in a training step.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of images, data and initialisation.")


class TrainSettings(RunSettings, Canvases):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given.

    The experiments of c3det compare the settings in the group Research (Sec. 4.1, 5.3, 5.6).
    """

    data: tuple[str, ...] = Field(
        min_length=1,
        description="PATH[@SPLIT][:WEIGHT]: COCO, YOLO, or a folder of VOC or DOTA files; repeat for several.",
    )
    backbone: Path = Field(
        description="MobileNetV2 weights to start from (safetensors), or a trained model or its encoder (ONNX)."
    )
    name: str = Field(default="detect", description="Name of the model files.")
    limit_images: int | None = Field(default=None, ge=1, description="Use at most N random images of each data set.")
    cut_outs: tuple[str, ...] = Field(
        default=(),
        description="PATH[:WEIGHT]: masks whose objects are pasted onto photos, for class slots; repeat for several.",
    )
    oriented: bool = Field(default=False, description="Train on oriented boxes (minimum-area rectangles).")
    slots: int = Field(
        default=0, ge=0, le=64, description="Number of class slots, defined by clicks; 0: the classes of the data."
    )
    variant: Variant = Field(default="c3det", description="How the network uses clicks.", json_schema_extra=RESEARCH)
    stages: Stages = Field(
        default="one", description="Detector like RetinaNet (one) or Faster R-CNN (two).", json_schema_extra=RESEARCH
    )
    late_fusion: LateFusion = Field(
        default="small", description="Network for heatmaps of clicks.", json_schema_extra=RESEARCH
    )
    correlation: Correlation = Field(
        default="cosine", description="Correlation of clicked features with the image.", json_schema_extra=RESEARCH
    )
    collation: Collation = Field(
        default="after",
        description="Join the clicks of a class after or before the correlation.",
        json_schema_extra=RESEARCH,
    )
    sigma: float = Field(
        default=9.0,
        ge=0.1,
        le=100,
        allow_inf_nan=False,
        description="Standard deviation of heatmaps, in pixels.",
        json_schema_extra=RESEARCH,
    )
    early_fusion: EarlyFusion = Field(
        default="pretrained",
        description="First layer of the variant 'early': pretrained, or random and fixed.",
        json_schema_extra=RESEARCH,
    )
    uel: Uel = Field(
        default="code",
        description="User-input enforcing loss: as in the paper, for classes only, as in the published code, or none.",
        json_schema_extra=RESEARCH,
    )
    clicks: ClickCount = Field(
        default="share",
        description="Number of clicked objects in an image: a random share of all objects, or 0 to 20.",
        json_schema_extra=RESEARCH,
    )


class ProjectSettings(ProjectRunSettings, Canvases):
    """Settings of a training run on a project. Either `minutes` or `steps` is given."""

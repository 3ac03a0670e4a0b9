"""The settings of `fewclicks simulate locate`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from fewclicks.methods.locate.options import ConstraintOptions, ReadingOptions
from fewclicks.methods.locate.training.settings import RESEARCH, LocaliserChoices, PyramidLevel, RefinerChoices
from fewclicks.methods.shared.training_settings import LARGEST_SEED
from fewclicks.simulation.points.run import PointsKind

RefinerKind = Literal["trained", "untrained", "self"]
LocaliserKind = Literal["p2pnet", "one-stage", "two-stage", "none"]
STEPS = 700  # of a localiser, unless minutes or another number is given


class LocateSimulation(ConstraintOptions, ReadingOptions, RefinerChoices, LocaliserChoices, PyramidLevel):
    """Data, points, and lengths of the training runs; the group Research repeats the comparisons of the paper."""

    data: str = Field(
        description="Images to annotate and train on, as PATH or PATH@SPLIT: COCO or panoptic (JSON), YOLO (data.yaml),"
        " a folder of VOC files, or a folder with images/ and points/*.txt."
    )
    test: str | None = Field(
        default=None, description="Images to measure on, as --data; by default every fourth image of --data by name."
    )
    points: PointsKind = Field(
        default="refined",
        description="Train the localiser on coarse points of a simulated person, on the true centres, or on the coarse "
        "points after refinement.",
    )
    refiner: RefinerKind = Field(
        default="trained",
        description="How to refine: with a network trained on the points, with the untrained method, or with the "
        "predictions of a detector that was trained on boxes of one size around the points (self, Table 1).",
    )
    localiser: LocaliserKind = Field(
        default="p2pnet",
        description="Train P2PNet, or a detector on boxes of one size around the points (Table 3), or measure "
        "refinement alone (none).",
        json_schema_extra=RESEARCH,
    )
    steps: int | None = Field(default=None, ge=1, description=f"Training steps of the localiser; {STEPS} by default.")
    minutes: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="Training time of the localiser, instead of --steps."
    )
    reach: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="R of the bags in refinement, in cells; by default 8, or that of the untrained refiner.",
        json_schema_extra=RESEARCH,
    )
    refiner_steps: int = Field(default=500, ge=4, description="Training steps of the refiner.")
    refiner_folder: Path | None = Field(
        default=None,
        description="Folder for the trained refiner; a later call with the same data and training settings resumes or "
        "uses it.",
        json_schema_extra=RESEARCH,
    )
    annotated: float = Field(default=1.0, gt=0, le=1, description="Share of the objects that the person annotates.")
    backbone: Path | None = Field(
        default=None,
        description="MobileNetV2 weights to start from (safetensors); by default those of a shipped model.",
    )
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of points, crops and initialisation.")

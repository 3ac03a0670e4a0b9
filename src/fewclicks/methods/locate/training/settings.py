"""The settings of training runs of `locate`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from fewclicks.methods.locate.training.choices import LossTerms
from fewclicks.methods.locate.training.data.scales import Reading
from fewclicks.methods.shared.training_settings import LARGEST_SEED, ProjectRunSettings, RunSettings

RESEARCH: JsonDict = {"group": "Research"}
Level = Literal["P2", "P3"]


class Crops(BaseModel):
    """The content of a training step, and the seed."""

    model_config = ConfigDict(frozen=True)

    side: int = Field(default=256, ge=32, le=2048, description="Pixels of a side of a training crop, a multiple of 32.")
    batch: int = Field(default=4, ge=1, description="Crops in a training step.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of crops and initialisation.")


class PyramidLevel(BaseModel):
    """The one level of the feature pyramid."""

    model_config = ConfigDict(frozen=True)

    level: Level = Field(
        default="P2", description="Pyramid level: cells of 4 pixels (P2) or 8 (P3).", json_schema_extra=RESEARCH
    )

    @property
    def stride(self) -> int:
        """Pixels of a cell."""
        return {"P2": 4, "P3": 8}[self.level]


class LocateSettings(RunSettings, Crops, PyramidLevel):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given.

    The backbone is MobileNetV2; the comparison of backbones in the paper's Table 4e has no switch.
    """

    data: tuple[str, ...] = Field(
        min_length=1,
        description="PATH[@SPLIT][:WEIGHT]: points, or boxes or masks, whose centres are used as points; repeat "
        "for several.",
    )
    limit_images: int | None = Field(default=None, ge=1, description="Use at most N random images of each data set.")


class RefinerChoices(BaseModel):
    """What the paper compares in Tables 2 and 4."""

    model_config = ConfigDict(frozen=True)

    losses: LossTerms = Field(
        default="mil+ann+neg", description="Terms of the loss (Table 2).", json_schema_extra=RESEARCH
    )
    radius: int = Field(
        default=5, ge=1, le=64, description="R of the bags in training, in cells (Table 4).", json_schema_extra=RESEARCH
    )
    centre: bool = Field(default=True, description="Put the annotated point into its bag.", json_schema_extra=RESEARCH)
    reading: Reading = Field(
        default="neighbours",
        description="Scale each image so that neighbouring points are 36 pixels apart (neighbours), all alike (data), "
        "or not (native).",
        json_schema_extra=RESEARCH,
    )


class RefineTrainSettings(LocateSettings, RefinerChoices):
    """Settings of a refiner, CPRNet."""

    name: str = Field(default="refine", description="Name of the model files.")
    reach: int = Field(
        default=8, ge=1, le=64, description="R of the bags in refinement, in cells.", json_schema_extra=RESEARCH
    )


class LocaliserChoices(BaseModel):
    """What the paper changes about P2PNet (Sec. 4.2)."""

    model_config = ConfigDict(frozen=True)

    passes: int = Field(
        default=3, ge=1, le=10, description="Proposals trained for each point (top-k).", json_schema_extra=RESEARCH
    )


class SuggestTrainSettings(LocateSettings, LocaliserChoices):
    """Settings of a localiser, multi-class P2PNet."""

    name: str = Field(default="suggest", description="Name of the model files.")


class ProjectSettings(ProjectRunSettings, Crops):
    """Settings of a training run on a project. Either `minutes` or `steps` is given."""

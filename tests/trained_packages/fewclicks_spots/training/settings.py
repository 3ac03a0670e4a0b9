"""The settings of training runs of `spots`."""

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.methods.shared.training_settings import LARGEST_SEED, ProjectRunSettings, RunSettings


class Crops(BaseModel):
    """The content of a training step, and the seed."""

    model_config = ConfigDict(frozen=True)

    side: int = Field(default=128, ge=32, le=1024, description="Pixels of a side of a training crop.")
    batch: int = Field(default=4, ge=1, description="Crops in a training step.")
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of crops and initialisation.")


class TrainSettings(RunSettings, Crops):
    """Data, length and recipe of a training run. Either `minutes` or `steps` is given."""

    data: tuple[str, ...] = Field(min_length=1, description="PATH[@SPLIT][:WEIGHT]: points; repeat for several.")
    name: str = Field(default="spots", description="Name of the model files.")


class ProjectSettings(ProjectRunSettings, Crops):
    """Settings of a training run on a project. Either `minutes` or `steps` is given."""

"""The settings that the training runs of all methods share."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.errors import InputError

LARGEST_SEED = 2**32 - 1


class ProjectRunSettings(BaseModel):
    """Length of a training run on a project. Either `minutes` or `steps` is given."""

    model_config = ConfigDict(frozen=True)

    minutes: float | None = Field(
        default=None, gt=0, le=10_000, description="Training time in minutes, including resumed runs."
    )
    steps: int | None = Field(default=None, ge=1, description="Number of training steps, instead of minutes.")


class RunSettings(BaseModel):
    """Data, start, folder and length of a training run. Either `minutes` or `steps` is given."""

    model_config = ConfigDict(frozen=True)

    data: tuple[str, ...]
    backbone: Path = Field(description="MobileNetV2 weights to start from (safetensors), or a trained model (ONNX).")
    out: Path = Field(description="Folder for checkpoints and results; run again to resume an interrupted run.")
    name: str
    minutes: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Training time in minutes, including resumed runs."
    )
    steps: int | None = Field(default=None, ge=1, description="Number of training steps, instead of --minutes.")

    def check_length(self) -> None:
        """Raise InputError unless either minutes or steps are given."""
        if (self.minutes is None) == (self.steps is None):
            raise InputError("expected either --minutes or --steps; use one of them")

"""The settings of the simulation of boxes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST_SEED = 2**32 - 1

PromptKind = Literal["click", "box"]
Accuracy = Annotated[float, Field(ge=0, le=1)]


class BoxesSettings(BaseModel):
    """Settings of the data and of the simulated annotator."""

    model_config = ConfigDict(frozen=True)

    data: str = Field(
        description="COCO (JSON), YOLO (data.yaml), or a folder of VOC or DOTA files, as PATH or PATH@SPLIT."
    )
    clicks: int = Field(default=20, ge=0, le=500, description="Maximum number of clicks in an image.")
    per_class: bool = Field(default=False, description="Apply --clicks to each class in the image.")
    sessions: int = Field(default=5, ge=1, le=100, description="Passes over the data, each with other clicks.")
    noise: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="Standard deviation of the places of clicks, in pixels."
    )
    wrong_class: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of clicks that get a wrong class: another class of the data, chosen at random.",
    )
    reach: tuple[Accuracy, ...] = Field(
        default=(), description="Report the clicks and seconds needed for this mAP at IoU 0.5."
    )
    oriented: bool = Field(default=False, description="Measure oriented boxes (minimum-area rectangles).")
    mosaic: int = Field(default=1, ge=1, le=8, description="Join N x N images into one mosaic.")
    limit: int | None = Field(default=None, ge=1, description="Use at most N images (or mosaics).")
    certain: bool = Field(
        default=False, description="A clicked box takes the clicked class, confidence 1, as in the page."
    )
    passthrough: bool = Field(
        default=False,
        description="Measure the passthrough baseline: the model gets no clicks, and clicks set the classes of boxes.",
    )
    example: PromptKind | None = Field(
        default=None, description="Prompt with clicks or with example boxes; by default what the model accepts."
    )
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED, description="Seed of the simulated annotator.")

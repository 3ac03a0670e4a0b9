"""Options of an opened `segment` model, for measurements."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

ClickEncoding = Literal["disk", "gaussian", "distance"]
Edges = Literal["plain", "guided"]
Predictor = Literal["network", "ranker"]
RESEARCH: JsonDict = {"group": "Research"}


class SegmentOptions(BaseModel):
    """Options of an opened `segment` model."""

    model_config = ConfigDict(frozen=True)

    edges: Edges = Field(
        default="guided",
        description="Scale masks to the image without guidance (plain), or guided by the image's colours (guided).",
        json_schema_extra=RESEARCH,
    )
    quality: Predictor = Field(
        default="network",
        description="What predicts the IoU of masks. The ranker predicts it if the network cannot.",
        json_schema_extra=RESEARCH,
    )
    expect_encoding: ClickEncoding | None = Field(
        default=None,
        description="Report an error for a model trained with another encoding of clicks.",
        json_schema_extra=RESEARCH,
    )


DEFAULT_OPTIONS = SegmentOptions()

"""Options of an opened `detect` model, for research."""

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.methods.detect.inference.network.design import Variant


class DetectOptions(BaseModel):
    """Options that make an opened model differ from that of the page."""

    model_config = ConfigDict(frozen=True)

    read_once: bool = Field(
        default=False,
        description="With class slots, read images of large objects only once.",
        json_schema_extra={"group": "Research"},
    )
    expect_variant: Variant | None = Field(
        default=None,
        description="Report an error unless the model is of this variant.",
        json_schema_extra={"group": "Research"},
    )

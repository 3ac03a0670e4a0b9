"""The options of an opened `detect` model, all of them for research."""

from pydantic import BaseModel, ConfigDict, Field

from fewclicks.methods.detect.inference.network.design import Variant


class DetectOptions(BaseModel):
    """How an opened model answers, where that differs from the page."""

    model_config = ConfigDict(frozen=True)

    read_once: bool = Field(
        default=False,
        description="With class slots, read images of large objects only once.",
        json_schema_extra={"group": "Research"},
    )
    expect_variant: Variant | None = Field(
        default=None,
        description="Refuse weights of another variant.",
        json_schema_extra={"group": "Research"},
    )

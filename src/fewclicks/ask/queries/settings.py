"""The settings of the simulation `queries`."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from fewclicks.ask.assist import NEUTRAL
from fewclicks.ask.costs import Costs
from fewclicks.methods.detect.inference.network.design import Stages

RESEARCH: JsonDict = {"group": "Research"}
COSTS: JsonDict = {"group": "Costs"}
USUAL = Costs()

Level = Literal["box", "image", "assisted"]
Start = Literal["images", "clicks"]


def _seconds(default: float, description: str) -> Any:
    return Field(default=default, ge=0, allow_inf_nan=False, description=description, json_schema_extra=COSTS)


class QueriesSettings(BaseModel):
    """Data, questions, training and costs (sources in costs.py).

    The group Research has the parts that can be switched off one by one.
    """

    model_config = ConfigDict(frozen=True)

    data: str = Field(
        description="Images to ask about, as PATH or PATH@SPLIT: COCO (JSON), YOLO (data.yaml), or a folder of VOC or "
        "DOTA files."
    )
    test: str | None = Field(
        default=None,
        description="Images to measure on, given in the same way as --data; by default the `test` split of the "
        "data, or every fourth image.",
    )
    strategy: str = Field(default="gain", description="Strategy that chooses the questions.")
    level: Level = Field(
        default="assisted",
        description="Ask about single boxes, have whole images drawn by hand, or have suggestions in whole images "
        "verified.",
    )
    start: Start = Field(
        default="images", description="Begin with fully labelled images, or with clicks on objects of each class."
    )
    initial: int = Field(default=2, ge=1, description="Images to begin with, or clicks on each class.")
    rounds: int = Field(default=8, ge=1, le=1000, description="Rounds of questions.")
    per_round: int | None = Field(
        default=None,
        ge=1,
        description="Number of questions in a round, or of objects in the images of a round; by default the "
        "number of objects labelled so far.",
    )
    seeds: int = Field(default=3, ge=1, le=100, description="Number of runs, each with different random numbers.")
    lambda_d: float = Field(default=0.5, ge=0, le=1, description="Weight of noisy boxes (lambda_d); see --pseudo.")
    quick: bool = Field(default=False, description="Fewer rounds and steps, smaller images, and one seed.")
    runs: Path | None = Field(
        default=None, description="Folder of finished runs, which are not repeated; by default the user's data folder."
    )
    backbone: Path | None = Field(
        default=None,
        description="Weights from which each training run starts: MobileNetV2 weights (safetensors), an encoder "
        "(ONNX), or a whole model of class slots (ONNX; also used by --start clicks); by default the encoder of a "
        "shipped model.",
    )
    stages: Stages = Field(
        default="one", description="Detector like RetinaNet (one) or Faster R-CNN (two).", json_schema_extra=RESEARCH
    )
    oriented: bool = Field(default=False, description="Ask about oriented boxes.", json_schema_extra=RESEARCH)
    steps: int = Field(
        default=250, ge=1, description="Number of training steps in each round.", json_schema_extra=RESEARCH
    )
    side: int = Field(
        default=448, ge=32, le=2048, description="Pixels of the longer side of an image.", json_schema_extra=RESEARCH
    )
    threshold: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="Lowest confidence of a box to ask about (t_d).",
        json_schema_extra=RESEARCH,
    )
    shown: float = Field(
        default=NEUTRAL,
        gt=0,
        lt=1,
        description="Lowest confidence of a suggestion to show in the areas of --areas and, as long as nothing is "
        "known about its class, at the level assisted.",
        json_schema_extra=RESEARCH,
    )
    adapt_shown: bool = Field(
        default=True,
        description="Learn from finished images which suggestions save time, and show only such suggestions.",
        json_schema_extra=RESEARCH,
    )
    tighten: bool = Field(
        default=True,
        description="Replace each suggested box by the box around the mask of its object. This applies only to classes "
        "whose labelled boxes the mask model reproduces.",
        json_schema_extra=RESEARCH,
    )
    mask_model: Path | None = Field(
        default=None,
        description="Model that outlines objects to tighten boxes (ONNX file of `segment`); by default the shipped "
        "one.",
        json_schema_extra=RESEARCH,
    )
    unjudged: Literal["ignore", "background"] = Field(
        default="background",
        description="What training does with pixels that nobody has judged: ignore them, or treat them as background, "
        "as in the paper.",
        json_schema_extra=RESEARCH,
    )
    tolerant: bool = Field(
        default=True,
        description="Learn the position of a verified box only if its IoU with the prediction is below 0.75, because "
        "a verified box is not exact. If a class has fewer than 10 exact boxes (drawn or corrected by the annotator), "
        "all of its boxes count as exact. In the paper, verified boxes always do.",
        json_schema_extra=RESEARCH,
    )
    pseudo: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Training uses a prediction that nobody has judged as a noisy box if its confidence is at least "
        "this value. It ignores the pixels of less confident predictions. With 1, there are no noisy boxes. The paper "
        "uses 0.",
        json_schema_extra=RESEARCH,
    )
    full_share: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of each training batch that is drawn from fully labelled images; with 0, all images "
        "are drawn equally often.",
        json_schema_extra=RESEARCH,
    )
    in_turn: bool = Field(
        default=True, description="Ask about each predicted class in turn.", json_schema_extra=RESEARCH
    )
    areas: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the questions about a box that are followed by questions about the area around the "
        "box: about the suggestions in the area, then about missing objects.",
        json_schema_extra=RESEARCH,
    )
    fixed_pool: bool = Field(
        default=False, description="Keep the predictions of the first model as the pool.", json_schema_extra=RESEARCH
    )
    from_last: bool = Field(
        default=False,
        description="Start the training of each round from the previous round's model.",
        json_schema_extra=RESEARCH,
    )

    drawn_seconds: float = _seconds(USUAL.drawn, "Seconds to draw a box.")
    verified_seconds: float = _seconds(USUAL.verified, "Seconds to verify a box that is right, or background.")
    corrected_seconds: float = _seconds(USUAL.corrected, "Seconds to correct a box.")
    click_seconds: float = _seconds(USUAL.click, "Seconds of a click at the start.")
    look_seconds: float = _seconds(USUAL.look, "Seconds to look over an image or an area.")

    @property
    def costs(self) -> Costs:
        return Costs(
            self.drawn_seconds, self.verified_seconds, self.corrected_seconds, self.click_seconds, self.look_seconds
        )

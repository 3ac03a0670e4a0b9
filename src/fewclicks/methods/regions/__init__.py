"""`regions`: a partition of the whole image from extreme points and scribbles (full-image-scribbles, CVPR 2019)."""

from fewclicks.methods.spec import FileSlot, MethodSpec, Role
from fewclicks.prompts import ExtremePoints, MaskPrompt, Scribble

METHOD = MethodSpec(
    name="regions",
    title="Regions",
    summary="Divides an image into regions from extreme points and scribbles; all regions compete for the pixels.",
    roles=(
        Role(
            name="regions",
            task="partition",
            prompts=(ExtremePoints, Scribble, MaskPrompt),
            open="fewclicks.methods.regions.inference.opening:open_regions",
            files=(
                FileSlot(".onnx", "the head, which predicts the logits of each region"),
                FileSlot(".encoder.onnx", "the encoder, which reads the image once"),
                FileSlot(".int8.onnx", "an 8-bit copy of the head, used instead of it", required=False),
                FileSlot(".encoder.int8.onnx", "an 8-bit copy of the encoder, used instead of it", required=False),
            ),
            weights="fewclicks.methods:weights",
            train="fewclicks.methods.regions.training.train:train",
            settings="fewclicks.methods.regions.training.settings:TrainSettings",
            options="fewclicks.methods.regions.options:RegionsOptions",
        ),
    ),
    position=20,
)

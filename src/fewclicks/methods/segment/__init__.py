"""`segment`: one object's mask from a box, extreme points or clicks (corrective-clicks)."""

from fewclicks.methods.spec import FileSlot, MethodSpec, Role
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, MaskPrompt

ROLE = Role(
    name="segment",
    task="mask",
    prompts=(Click, BoxPrompt, ExtremePoints, MaskPrompt, AnotherMask),
    files=(
        FileSlot(".onnx", "the head, which answers prompts"),
        FileSlot(".encoder.onnx", "the encoder, which reads pixels"),
        FileSlot(".int8.onnx", "an eight-bit copy of the head, which answers instead of it", required=False),
        FileSlot("_ranker.onnx", "the ranker, which predicts the IoU of answers", required=False),
    ),
    weights="fewclicks.methods:weights",
    open="fewclicks.methods.segment.inference.opening:open_model",
    options="fewclicks.methods.segment.options:SegmentOptions",
    train="fewclicks.methods.segment.training.train:train",
    settings="fewclicks.methods.segment.training.settings:TrainSettings",
)
METHOD = MethodSpec(
    name="segment",
    title="Segment",
    summary="Outline one object from a box, four extreme points or clicks; correct the outline with more clicks.",
    roles=(ROLE,),
    position=10,
)

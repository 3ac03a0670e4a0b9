"""Segment Anything's ONNX files as a model of fewclicks."""

from fewclicks.methods.spec import FileSlot, MethodSpec, Role
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, MaskPrompt

SAM = Role(
    name="sam",
    task="mask",
    prompts=(Click, BoxPrompt, ExtremePoints, MaskPrompt, AnotherMask),
    files=(FileSlot(".encoder.onnx", "image encoder"), FileSlot(".decoder.onnx", "mask decoder")),
    open="fewclicks_sam.model:open_sam",
)
METHOD = MethodSpec(
    name="sam",
    title="Segment Anything",
    summary="Outline an object from clicks or a box with your own SAM or MobileSAM files.",
    roles=(SAM,),
)

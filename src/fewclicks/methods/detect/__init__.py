"""`detect`: boxes of all objects in an image from clicks with classes (c3det)."""

from fewclicks.methods.spec import FileSlot, MethodSpec, Role
from fewclicks.prompts import BoxPrompt, ClassClick

DETECT = Role(
    name="detect",
    task="boxes",
    prompts=(ClassClick, BoxPrompt),
    accepts_examples=True,
    files=(
        FileSlot(".onnx", "the network that answers clicks"),
        FileSlot(".encoder.onnx", "the network that reads images"),
        FileSlot(".regions.onnx", "the second stage of a detector of two stages", required=False, shipped=False),
        FileSlot(".int8.onnx", "an 8-bit copy of the network that answers clicks, used instead of it", required=False),
    ),
    weights="fewclicks.methods:weights",
    open="fewclicks.methods.detect.inference.opening:open_detect",
    options="fewclicks.methods.detect.options:DetectOptions",
    train="fewclicks.methods.detect.training.train:train",
    settings="fewclicks.methods.detect.training.settings:TrainSettings",
    train_project="fewclicks.methods.detect.training.project:train_on_annotations",
    project_settings="fewclicks.methods.detect.training.settings:ProjectSettings",
    train_partly="fewclicks.methods.detect.training.partly_project:train_on_answers",
)

METHOD = MethodSpec(
    name="detect",
    title="Find objects",
    summary="Boxes of all objects in an image that look like the clicked ones.",
    roles=(DETECT,),
    position=30,
)

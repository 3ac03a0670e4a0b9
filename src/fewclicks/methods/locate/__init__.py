"""`locate`: careless points move to semantic centres, and a localiser finds more (coarse point refinement)."""

from fewclicks.methods.spec import FileSlot, MethodSpec, Role
from fewclicks.prompts import PointPrompt
from fewclicks.simulation.spec import SimulationSpec

REFINE = Role(
    name="refine",
    task="points",
    prompts=(PointPrompt,),
    files=(FileSlot(".onnx", "the network that reads images"),),
    weights="fewclicks.methods:weights",
    open="fewclicks.methods.locate.inference.opening:open_refine",
    options="fewclicks.methods.locate.options:RefineOptions",
    train="fewclicks.methods.locate.training.train:train_refine",
    settings="fewclicks.methods.locate.training.settings:RefineTrainSettings",
    train_project="fewclicks.methods.locate.training.project:train_refine_on_annotations",
    project_settings="fewclicks.methods.locate.training.settings:ProjectSettings",
)

SUGGEST = Role(
    name="suggest",
    task="points",
    prompts=(PointPrompt,),
    files=(FileSlot(".onnx", "the network that finds points"),),
    open="fewclicks.methods.locate.inference.opening:open_suggest",
    train="fewclicks.methods.locate.training.train:train_suggest",
    settings="fewclicks.methods.locate.training.settings:SuggestTrainSettings",
    train_project="fewclicks.methods.locate.training.project:train_suggest_on_annotations",
    project_settings="fewclicks.methods.locate.training.settings:ProjectSettings",
)

METHOD = MethodSpec(
    name="locate",
    title="Locate",
    summary="Move points to the centres of their objects, and suggest more points.",
    roles=(REFINE, SUGGEST),
    position=40,
)

SIMULATION = SimulationSpec(
    name="locate",
    task=None,
    summary="Coarse points, their refinement, and a localiser trained on them: point mAP and counts.",
    run="fewclicks.methods.locate.training.simulation.run:run",
    settings="fewclicks.methods.locate.training.simulation.settings:LocateSimulation",
)

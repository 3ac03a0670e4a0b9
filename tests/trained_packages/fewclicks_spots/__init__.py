"""A small method of the task `points` that is trained, by a command and on a project: a heat map for each class.

It is a package of its own, as a user would install it (tests/halfway.py), and uses only what methods share
(tests/training/test_other_trained_method.py).
"""

from fewclicks.methods.spec import FileSlot, MethodSpec, Role
from fewclicks.prompts import PointPrompt

SPOTS = Role(
    name="spots",
    task="points",
    prompts=(PointPrompt,),
    files=(FileSlot(".onnx", "the network that finds points"),),
    open="fewclicks_spots.model:open_spots",
    train="fewclicks_spots.training.train:train",
    settings="fewclicks_spots.training.settings:TrainSettings",
    train_project="fewclicks_spots.training.train:train_on_annotations",
    project_settings="fewclicks_spots.training.settings:ProjectSettings",
)
METHOD = MethodSpec(name="spots", title="Spots", summary="Suggest points at the peaks of a heat map.", roles=(SPOTS,))

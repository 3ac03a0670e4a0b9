"""A detector of fixed classes that begins as a model of class slots: what clicks say, it knows from its first step on.

A slot has no meaning but what clicks give it, so any class may begin as any slot.
"""

from dataclasses import replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from fewclicks.methods.detect.inference.network.design import CHANNELS, Design
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.network.heads import Skip
from fewclicks.methods.shared.training.trained import fold_norms, load_trained, parameter_names

UPRIGHT_TO_ORIENTED = torch.tensor(  # rows: the values of an oriented box, columns: those of an upright one
    [
        [1.0, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 0.5, 0.5],
        [0, 0, 1, -1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]
)
TURN_OF_UPRIGHT = torch.tensor([0.0, 0, 0, 0, 0, 1, 0])  # (p, q) of the angle 0 (box_coding.py)


def from_slots(design: Design, classes: int, slots: int, path: Path) -> DetectNetwork:
    """A network for `classes` from the `slots` of the upright one-stage model `path`; boxes may be oriented.

    Raises InputError when the file is not readable or is of another design.
    """
    skip = slot_skip(path)
    trained = DetectNetwork(replace(design, oriented=False), slots, skip)
    load_trained(trained, path)
    state = trained.state_dict()
    slot = torch.arange(classes) % slots
    for name in ("head.classes.weight", "head.classes.bias"):
        state[name] = state[name][slot]
    if design.fuses_late:
        first = "late.fine.0.weight" if design.late_fusion == "small" else "late.stem.0.weight"
        state[first] = state[first][:, slot]
    if design.correlates:
        state["fusion.weight"] = _of_channels(state["fusion.weight"], slots, slot)
    if design.oriented:
        weight, bias = state["head.boxes.weight"], state["head.boxes.bias"]
        state["head.boxes.weight"] = _oriented(weight)
        state["head.boxes.bias"] = UPRIGHT_TO_ORIENTED @ bias + TURN_OF_UPRIGHT
    network = DetectNetwork(design, classes, skip)
    fold_norms(network)
    network.load_state_dict(state)
    return network


def without_clicks(design: Design, classes: int, slots: int, path: Path) -> DetectNetwork:
    """A network for `classes` that takes no clicks, from what the upright one-stage model `path` of `slots` says of
    images and boxes. Its classes begin from nothing, and so does a second stage.

    Raises InputError when the file is not readable or is of another design.
    """
    trained = DetectNetwork(Design(), slots, slot_skip(path))
    load_trained(trained, path)
    network = DetectNetwork(design, classes)
    network.pyramid = trained.pyramid
    network.head.trunk = trained.head.trunk
    with torch.no_grad():
        network.fusion.weight.copy_(trained.fusion.weight[:, :CHANNELS])
        network.fusion.bias.copy_(trained.fusion.bias)
        weight, bias = trained.head.boxes.weight, trained.head.boxes.bias
        if design.oriented and design.stages == "one":
            weight, bias = _oriented(weight), UPRIGHT_TO_ORIENTED @ bias + TURN_OF_UPRIGHT
        network.head.boxes.weight.copy_(weight)
        network.head.boxes.bias.copy_(bias)
    return network


def _oriented(weight: Float[Tensor, "4 D 1 1"]) -> Float[Tensor, "7 D 1 1"]:
    return torch.einsum("ou,ucij->ocij", UPRIGHT_TO_ORIENTED, weight)


def slot_skip(path: Path) -> Skip | None:
    """Return what tells slots apart in a model, also in one of fixed classes that began so; None without such a part.

    Raises InputError when the file is not readable.
    """
    names = parameter_names(path)
    if "head.skip.maps.weight" in names:
        return "neighbourhood"
    return "point" if "head.skip.fit.0.weight" in names else None


def _of_channels(fusion: Float[Tensor, "D M 1 1"], slots: int, slot: Tensor) -> Float[Tensor, "D N 1 1"]:
    """The weights of the fusion, whose inputs are F_I, F_C3 of every slot, and F_LF."""
    image, c3, late = fusion.split([CHANNELS, slots, fusion.shape[1] - CHANNELS - slots], 1)
    return torch.cat([image, c3[:, slot], late], 1)

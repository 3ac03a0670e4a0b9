"""Going on from weights that were exported: a network takes back what is in its ONNX file."""

import re
from itertools import pairwise
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fewclicks.errors import InputError
from fewclicks.methods.shared.training.blocks import BackboneNetwork, load_mobilenet

MOBILENET_PART = re.compile(r"(?:^|\.)(?:stem|stages|deeper)\.\d+\.(\d+\..+)$")


def is_trained(start: Path) -> bool:
    """Return whether a file to start from is a trained model, not the pretrained weights of a backbone."""
    return start.suffix == ".onnx"


def load_start(network: BackboneNetwork, start: Path) -> None:
    """Fill `network` from a model that was trained like it (ONNX), else its backbone from pretrained weights.

    Raises InputError.
    """
    if is_trained(start):
        load_trained(network, start)
    else:
        network.load_backbone(start)


def load_trained(network: nn.Module, path: Path, but: nn.Module | None = None) -> None:
    """Fill `network` from a file that was exported from one like it, and fold its norms into its convolutions.

    Where NAME.encoder.onnx lies beside it, the network was exported in two parts. `but` is a part of the network that
    is for training alone, so that no file has it; it stays as it is. The file's convolutions have their
    norms folded into them and no statistics are left, so the network has none from here on, either. Raises InputError
    when the file is not readable or is of another network.
    """
    encoder = path.with_suffix(".encoder.onnx")
    tensors = {**_tensors(path), **(_tensors(encoder) if encoder.exists() else {})}
    fold_norms(network)
    _fill(network, {name.removeprefix("network."): tensor for name, tensor in tensors.items()}, path, but)


def load_trained_mobilenet(stages: nn.Module, path: Path) -> None:
    """Fill `stages` as `load_mobilenet` does, from any trained model in which MobileNetV2 reads the image.

    Norms are folded as `load_trained` does, and InputError is raised as there.
    """
    fold_norms(stages)
    tensors = {}
    for name, tensor in _tensors(path).items():
        found = MOBILENET_PART.search(name)
        if found is not None:
            tensors[found[1]] = tensor  # MobileNetV2's own numbers are the same in whatever stages it was cut
    for stage in stages.children():
        _fill(stage, tensors, path)


def load_stages(stages: nn.ModuleList, start: Path) -> None:
    """Fill `stages` of MobileNetV2 from pretrained weights (safetensors), or from any trained model that has it (ONNX).

    Raises InputError.
    """
    if is_trained(start):
        load_trained_mobilenet(stages, start)
    else:
        load_mobilenet(stages, start)


def load_trained_pyramid(pyramid: nn.Module, path: Path) -> None:
    """Fill `pyramid` from the encoder of a model that has one like it; from others take MobileNetV2 alone.

    `pyramid` has `stages`, `lateral` and `out`. Raises InputError when the file has no MobileNetV2 either.
    """
    tensors = {name.removeprefix("network.pyramid."): tensor for name, tensor in _tensors(path).items()}
    lateral = tensors.get("lateral.0.weight")
    if lateral is None or tuple(lateral.dims) != tuple(pyramid.get_parameter("lateral.0.weight").shape):
        load_trained_mobilenet(pyramid.get_submodule("stages"), path)
        return
    fold_norms(pyramid)
    _fill(pyramid, tensors, path)


def fold_norms(network: nn.Module) -> None:
    """Fold all norms of `network` into their convolutions."""
    for block in network.modules():
        if not isinstance(block, nn.Sequential):
            continue
        for (at, convolution), (after, norm) in pairwise(list(block.named_children())):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                learns = convolution.weight.requires_grad
                folded = fuse_conv_bn_eval(convolution.eval(), norm.eval()).requires_grad_(learns)
                setattr(block, at, folded)
                setattr(block, after, nn.Identity())


def parameter_names(path: Path) -> set[str]:
    """What the parameters in a file are called. Raises InputError when it is not readable."""
    return {name.removeprefix("network.") for name in _tensors(path)}


def _tensors(path: Path) -> dict[str, onnx.TensorProto]:
    try:
        return {tensor.name.removesuffix(".half"): tensor for tensor in onnx.load(path).graph.initializer}
    except (OSError, DecodeError) as error:
        raise InputError("not a readable ONNX file; choose another file", path) from error


def _fill(network: nn.Module, tensors: dict[str, onnx.TensorProto], path: Path, but: nn.Module | None = None) -> None:
    left = {id(parameter) for parameter in but.parameters()} if but is not None else set()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if id(parameter) in left:
                continue
            found = tensors.get(name) or tensors.get(name.removesuffix("bias") + "weight_bias")
            if found is None or tuple(found.dims) != tuple(parameter.shape):
                raise InputError(
                    f"the file contains a different network ({name} is missing or differs); use the options that "
                    "it was trained with",
                    path,
                )
            parameter.copy_(torch.tensor(onnx.numpy_helper.to_array(found)))

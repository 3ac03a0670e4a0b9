"""Going on from weights that were exported: a network takes back what is in its ONNX file."""

from itertools import pairwise
from pathlib import Path

import onnx
import torch
from google.protobuf.message import DecodeError
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fewclicks.errors import InputError


def load_trained(network: nn.Module, path: Path) -> None:
    """Fill `network` from a file that was exported from one like it, and fold its norms into its convolutions.

    The file's convolutions have their norms folded into them and no statistics are left, so the network has none
    from here on, either. Raises InputError when the file is not readable or is of another network.
    """
    try:
        tensors = {tensor.name.removesuffix(".half"): tensor for tensor in onnx.load(path).graph.initializer}
    except (OSError, DecodeError) as error:
        raise InputError("not a readable ONNX file", path) from error
    _fold_norms(network)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            exported = f"network.{name}"
            found = tensors.get(exported) or tensors.get(exported.removesuffix("bias") + "weight_bias")
            if found is None or tuple(found.dims) != tuple(parameter.shape):
                raise InputError(f"of another network than the one to train ({name} is missing or differs)", path)
            parameter.copy_(torch.tensor(onnx.numpy_helper.to_array(found)))


def _fold_norms(network: nn.Module) -> None:
    for block in network.modules():
        if not isinstance(block, nn.Sequential):
            continue
        for (at, convolution), (after, norm) in pairwise(list(block.named_children())):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                learns = convolution.weight.requires_grad
                folded = fuse_conv_bn_eval(convolution.eval(), norm.eval()).requires_grad_(learns)
                setattr(block, at, folded)
                setattr(block, after, nn.Identity())

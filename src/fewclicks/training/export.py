"""From torch to ONNX, checked: a file whose answers differ from the network's is not written."""

import copy
import hashlib
import json
import os
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fewclicks.errors import FewclicksError

SMALL_TENSOR = 256  # numbers; a smaller one keeps its precision
TOLERANCE = 2e-3  # largest difference of outputs, relative to their spread
ROUNDED_TOLERANCE = 3e-2  # the same once the weights are stored in half precision


def export_onnx(
    network: nn.Module,
    inputs: dict[str, Tensor],
    path: Path,
    traits: Any,
    outputs: tuple[str, ...],
    dynamic: dict[str, tuple[int, ...]] | None = None,
) -> float:
    """Write `network` to `path` with `traits` (a dataclass) in its metadata; return the largest difference.

    `network` returns a tensor, or a tuple of them for several `outputs`. `inputs` are example tensors by name,
    `dynamic` the axes of an input that may have any size. The file is halved, unless answers would then differ from
    torch's by more than `ROUNDED_TOLERANCE`, as with a network that is barely trained. Raises FewclicksError when
    ONNX Runtime's answers differ by more than `TOLERANCE` without that; nothing is written then.
    """
    # The caller's may go on where it is, as on a GPU. Without gradients tracing takes less time.
    network = copy.deepcopy(network).eval().requires_grad_(False).to("cpu")
    temporary = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = {name: dict.fromkeys((dynamic or {}).get(name, ()), Dim.DYNAMIC) for name in inputs}
    torch.onnx.export(
        _easily_traced(network),
        tuple(inputs.values()),
        str(temporary),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=tuple(sizes.values()),
        dynamo=True,
        external_data=False,
        verbose=False,
        opset_version=18,
    )
    difference = _largest_difference(network, inputs, temporary)
    if not difference <= TOLERANCE:  # NaN is a difference too
        temporary.unlink()
        raise FewclicksError(
            f"{path}: not written, because the outputs of ONNX and PyTorch differ by {difference:.2g} standard "
            "deviations"
        )
    model = onnx.load(temporary)
    _forget_the_code(model.graph)
    entry = model.metadata_props.add()
    entry.key, entry.value = "fewclicks", json.dumps(asdict(traits))
    whole = model.SerializeToString()
    _store_in_half_precision(model.graph)
    onnx.save(model, temporary)
    rounded = _largest_difference(network, inputs, temporary)
    if rounded <= ROUNDED_TOLERANCE:
        difference = rounded
    else:
        temporary.write_bytes(whole)
    os.replace(temporary, path)
    return difference


def _easily_traced(network: nn.Module) -> nn.Module:
    """A copy that computes the same: normalisation inside its convolution and nothing in place.

    Tracing with axes of any size takes a third of the time so.
    """
    network = copy.deepcopy(network)
    for module in list(network.modules()):
        if isinstance(module, nn.ReLU | nn.ReLU6):
            module.inplace = False
        if isinstance(module, nn.Sequential):
            for (name, first), (after, second) in pairwise(list(module.named_children())):
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    setattr(module, name, fuse_conv_bn_eval(first, second))
                    setattr(module, after, nn.Identity())
    return network


def _forget_the_code(graph: onnx.GraphProto) -> None:
    """Drop what the exporter notes of the lines of code that a network comes from: they are paths of this machine."""
    for each in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del each.metadata_props[:]


def _store_in_half_precision(graph: onnx.GraphProto) -> None:
    """Halve the file: large tensors become float16, cast back when ONNX Runtime loads it; it computes in float32."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < SMALL_TENSOR:
            continue
        name, values = tensor.name, onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _largest_difference(network: nn.Module, inputs: dict[str, Tensor], path: Path) -> float:
    with torch.no_grad():
        wanted = network(*inputs.values())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    got = session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})
    theirs = np.concatenate([each.numpy().ravel() for each in ([wanted] if isinstance(wanted, Tensor) else wanted)])
    ours = np.concatenate([each.ravel() for each in got])
    return float(np.abs(ours - theirs).max() / (theirs.std() + 1e-6))


def fingerprint(network: torch.nn.Module) -> str:
    """Eight digits that differ when the weights do: stored answers name the weights that gave them."""
    digest = hashlib.sha256()
    for tensor in network.state_dict().values():
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()[:8]

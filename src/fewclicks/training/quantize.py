"""Eight-bit copies of trained networks: on a CPU they answer in two thirds of the time, and nearly the same."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from fewclicks.scratch import scratch_folder
from fewclicks.training.loop import Task

Feeds = Mapping[str, np.ndarray]

WHOLE_NUMBERS = ["Conv", "Clip", "Relu", "Add", "Concat", "Resize"]  # what computes in them; the rest is not worth it
TOLERANCE = 0.15  # mean difference of the outputs, relative to their spread


class Exemplary(Task, Protocol):
    """A task with sessions of simulated people, each of which asks the network something."""

    def examples(self) -> list[dict[str, np.ndarray]]:
        """What the exported network would be fed by the present sessions."""
        ...


def examples(task: Exemplary, count: int) -> Iterator[dict[str, np.ndarray]]:
    """At least `count` inputs as they come up in sessions with the present network."""
    task.begin(0)
    while count > 0:
        fed = task.examples()
        yield from fed
        count -= len(fed)
        with torch.no_grad():
            task.step(progress=1)


def quantize(
    model: Path,
    examples: Iterable[Feeds],
    sensitive: tuple[str, ...] = (),
    precise: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
) -> Path | None:
    """Write NAME.int8.onnx beside `model` and return its path; None, and no such file, when answers would differ.

    Ranges of activations are those that occur with `examples`, inputs as they come up in use. Weights get 7 bits, a
    scale for every channel, so that sums cannot overflow on processors without instructions for them. Convolutions at
    the beginning whose weights' names start with one of `sensitive` stay as they are, and what serves none but the
    outputs `precise`. With `only`, all convolutions stay as they are except those whose weights' names start with one
    of these. Answers differ too much when it is by more than `TOLERANCE` in any output, as with a network that is
    barely trained.
    """
    feeds = list(examples)
    path = model.with_suffix(".int8.onnx")
    path.unlink(missing_ok=True)
    with scratch_folder(path) as folder:
        whole, prepared, quantized = (folder / name for name in ("whole.onnx", "prepared.onnx", "quantized.onnx"))
        onnx.save(in_single_precision(onnx.load(model)), whole)
        quant_pre_process(whole, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, quantized, _Examples(feeds), op_types_to_quantize=WHOLE_NUMBERS, per_channel=True,
            reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            nodes_to_exclude=_excluded(onnx.load(prepared).graph, sensitive, precise, only),
        )  # fmt: skip
        _rename_weights(quantized)
        if not all(map(_are_close, *(_answers(file, feeds) for file in (whole, quantized)))):
            return None
        os.replace(quantized, path)
    return path


def in_single_precision(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its weights as they are after loading, without the casts of training/export.py."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in stored]:
        tensor = stored[node.input[0]]
        values = onnx.numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, node.output[0]))
        model.graph.node.remove(node)
    return model


def _first_nodes(graph: onnx.GraphProto, prefixes: tuple[str, ...]) -> list[str]:
    """All nodes before the first convolution whose weights are called otherwise."""
    names = [node.name for node in graph.node]
    others = (n.name for n in graph.node if n.op_type == "Conv" and not n.input[1].startswith(prefixes))
    return names[: names.index(next(others))]


def _excluded(
    graph: onnx.GraphProto, sensitive: tuple[str, ...], precise: tuple[str, ...], only: tuple[str, ...]
) -> list[str]:
    """The nodes that stay in single precision."""
    if only:
        return _all_but(graph, only)
    needed = {output.name for output in graph.output} - set(precise)
    alone = []
    for node in reversed(graph.node):  # in an order in which a node comes after those that it needs
        if needed.intersection(node.output):
            needed.update(node.input)
        else:
            alone.append(node.name)
    return [*_first_nodes(graph, sensitive), *alone]


def _all_but(graph: onnx.GraphProto, prefixes: tuple[str, ...]) -> list[str]:
    """All nodes but convolutions whose weights' names start with one of `prefixes`, and the Relu after each."""
    chosen = [node for node in graph.node if node.op_type == "Conv" and node.input[1].startswith(prefixes)]
    outputs = {output for node in chosen for output in node.output}
    chosen += [node for node in graph.node if node.op_type == "Relu" and node.input[0] in outputs]
    kept = {node.name for node in chosen}
    return [node.name for node in graph.node if node.name not in kept]


def _rename_weights(path: Path) -> None:
    """Answers that are not quite those of the original are of other weights."""
    model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == "fewclicks":
            traits = json.loads(entry.value)
            entry.value = json.dumps(traits | {"weights": f"{traits['weights']}-int8"})
    onnx.save(model, path)


def _answers(model: Path, feeds: list[Feeds]) -> list[np.ndarray]:
    """Each output's values for all `feeds`."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    answers = [session.run(None, dict(feed)) for feed in feeds]
    return [np.concatenate([each.ravel() for each in outputs]) for outputs in zip(*answers, strict=True)]


def _are_close(wanted: np.ndarray, got: np.ndarray) -> bool:
    return bool(np.abs(got - wanted).mean() <= TOLERANCE * wanted.std())  # False for NaN


class _Examples(CalibrationDataReader):
    def __init__(self, feeds: list[Feeds]) -> None:
        self._rest = iter(feeds)

    def get_next(self) -> Feeds | None:
        return next(self._rest, None)

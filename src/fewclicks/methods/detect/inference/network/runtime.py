"""The ONNX files of a detector: the information in them, and how each runs. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.methods.detect.inference.network.cells import split_levels
from fewclicks.methods.detect.inference.network.design import STRIDES, Design
from fewclicks.methods.shared.onnx_files import open_onnx, read_info
from fewclicks.methods.spec import Files

MAIN, ENCODER, REGIONS = ".onnx", ".encoder.onnx", ".regions.onnx"  # suffixes of the files of a version,
QUANTISED_MAIN = ".int8.onnx"  # and of the 8-bit copy of the main file

Maps = list[Float32[np.ndarray, "_ _ _"]]


def level_names(kind: str) -> tuple[str, ...]:
    """Return the names of the inputs or outputs of that kind, one for each level."""
    return tuple(f"{kind}{stride}" for stride in STRIDES)


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """The information in a weights file, in its ONNX metadata under "fewclicks".

    weights: the name of the version. class_ids and class_names: the classes that the model knows, in the order of its
    channels; none with class slots. slots: the number of class slots that it has instead.
    """

    weights: str
    design: Design
    class_ids: tuple[int, ...] = ()
    class_names: tuple[str, ...] = ()
    slots: int = 0

    @property
    def channels(self) -> int:
        return self.slots or len(self.class_ids)


def network_info(model: Path) -> NetworkInfo:
    """Return the information in a weights file. Raises InputError when it is not a file of a detect model."""
    return _open(model, 1)[1]


def files_beside(model: Path) -> Files:
    """Return the files of the version whose main file is `model`, in single precision, whether or not they exist."""
    return {MAIN: model, **{suffix: model.with_suffix(suffix) for suffix in (ENCODER, REGIONS)}}


class Runtime:
    """The encoder, the head and the second stage of one model; the head from its 8-bit copy if there is one."""

    def __init__(self, files: Files, threads: int) -> None:
        """Raises InputError when a file is missing or is not a file of a detect model."""
        self._head, self.network = _open(files.get(QUANTISED_MAIN, files[MAIN]), threads)
        self._encoder, _ = _open(files[ENCODER], threads)
        self._regions = None
        if self.network.design.stages == "two":
            self._regions, _ = _open(files.get(REGIONS, files[MAIN].with_suffix(REGIONS)), threads)

    def encode(
        self, rgb: UInt8[np.ndarray, "H W 3"], heat: Float32[np.ndarray, "C H W"] | None = None
    ) -> tuple[Maps, Maps]:
        """Return F_I, if it is needed later, and the contribution of the image to the fusion."""
        feeds = {"rgb": rgb[None]} if heat is None else {"rgb": rgb[None], "heat": heat[None]}
        maps = [level[0] for level in self._encoder.run(None, feeds)]
        return maps[: -len(STRIDES)], maps[-len(STRIDES) :]

    def cells(
        self,
        base: Maps,
        c3: Float32[np.ndarray, "C M"] | None,
        heat: Float32[np.ndarray, "C h w"] | None,
        size_hw: tuple[int, int],
    ) -> tuple[Float32[np.ndarray, "M V"], Maps]:
        """Return the output for every cell and, with a second stage, the fused maps."""
        cells, *fused = self._head.run(None, self.head_feeds(base, c3, heat, size_hw))
        return cells[0], [level[0] for level in fused]

    def head_feeds(
        self,
        base: Maps,
        c3: Float32[np.ndarray, "C M"] | None,
        heat: Float32[np.ndarray, "C h w"] | None,
        size_hw: tuple[int, int],
    ) -> dict[str, np.ndarray]:
        """Return the inputs of the head by name."""
        feeds = _fed("base", base)
        if c3 is not None:
            feeds |= _fed("c3", split_levels(c3, size_hw))
        if heat is not None:
            feeds["heat"] = heat[None]
        return feeds

    def regions(
        self, fused: Maps, regions: Float32[np.ndarray, "R 5"], on_level: Float32[np.ndarray, "R L"]
    ) -> Float32[np.ndarray, "R V"]:
        """Return the output of the second stage for every region."""
        if self._regions is None:
            raise ValueError("a one-stage detector has no regions")
        feeds = _fed("fused", fused) | {"regions": regions, "on_level": on_level}
        (answers,) = self._regions.run(None, feeds)
        return answers


def _fed(kind: str, levels: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(level)[None] for name, level in zip(level_names(kind), levels, strict=True)}


def _open(path: Path, threads: int) -> tuple[onnxruntime.InferenceSession, NetworkInfo]:
    session = open_onnx(path, threads)
    return session, read_info(session, _network, "detect", path)


def _network(
    weights: str, design: dict[str, object], class_ids: tuple[int, ...], class_names: tuple[str, ...], slots: int
) -> NetworkInfo:
    return NetworkInfo(weights, Design(**design), class_ids, class_names, slots)  # type: ignore[arg-type]

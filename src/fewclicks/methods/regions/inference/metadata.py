"""The metadata of a model file."""

from dataclasses import dataclass
from pathlib import Path

import onnxruntime

from fewclicks.errors import InputError
from fewclicks.methods.shared.onnx_files import open_onnx, read_info


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file of `regions` holds in its ONNX metadata under the key "fewclicks".

    weights: the version. loss and shared: how the model was trained, see the settings of a training run.
    """

    weights: str
    loss: str
    shared: bool

    @property
    def is_single_region(self) -> bool:
        """Whether the model was trained mask by mask and without the annotations of the other regions."""
        return self.loss == "mask" and not self.shared


def open_with_metadata(path: Path, threads: int = 0) -> tuple[onnxruntime.InferenceSession, Metadata]:
    """Open a file of `regions`. Raises InputError when it is missing or is not such a file."""
    session = open_onnx(path, threads)
    return session, read_info(session, Metadata, "regions", path)


def check_expected(metadata: Metadata, expected: str | None, path: Path) -> None:
    """Raise InputError unless the model in `path` is of the `expected` kind: "full", "single", or None for any."""
    if expected == "single" and not metadata.is_single_region:
        got = f"--loss {metadata.loss} " + ("--shared-points" if metadata.shared else "--no-shared-points")
        wanted = "weights of a single-region model, made by `fewclicks train regions --loss mask --no-shared-points`"
        raise InputError(f"expected {wanted}, got those of {got}", path)
    if expected == "full" and metadata.is_single_region:
        raise InputError("expected weights of a full-image model, got those of a single-region model", path)

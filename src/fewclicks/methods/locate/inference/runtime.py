"""The ONNX file of a version of `locate`: what it says about itself, and how it runs. No torch."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.methods.locate.inference.reading import SPACING
from fewclicks.methods.shared.onnx_files import open_onnx

MAIN = ".onnx"
STRIDE = 4  # input pixels of a cell of features


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """The information in a weights file, in its ONNX metadata under "fewclicks".

    weights: the name of the version. role: "refine" or "suggest". class_ids, class_names: the classes in the order of
    the channels; none for a network that gives features, from which the points of an image tell its classes
    (closed_form.py). stride: input pixels of a cell. radius, relative: R in cells and delta_2. typical: the median
    score of each class at the points of a refiner's training.
    scale: at which it reads all images; None: so that neighbouring points are `spacing` input pixels apart
    (reading.py). score, separation: the least score of a suggested point and the least distance between two of a
    class, in cells, chosen on training images.
    """

    weights: str
    role: str
    class_ids: tuple[int, ...] = ()
    class_names: tuple[str, ...] = ()
    stride: int = STRIDE
    radius: int = 8
    relative: float = 0.5
    typical: tuple[float, ...] = ()
    scale: float | None = None
    spacing: float = SPACING
    score: float = 0.5
    separation: float = 3.0


class Runtime:
    """A network that reads an image: `rgb` uint8 [1, H, W, 3] to `maps` [1, D, h, w].

    The maps are features; or a logit for each class; or, for a localiser, those and the offset x, y, in cells, from
    the centre of a cell to its proposed point.
    """

    def __init__(self, path: Path, role: str, threads: int = 0) -> None:
        """Raises InputError when the file is missing or is not of this role."""
        self._session = open_onnx(path, threads, plans_memory=False)
        self.network = _info(self._session, path, role)

    def maps(self, rgb: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "D h w"]:
        """Run the network on pixels whose sides are multiples of reading.PADDED_TO."""
        (maps,) = self._session.run(None, {"rgb": np.ascontiguousarray(rgb)[None]})
        found: Float32[np.ndarray, "D h w"] = maps[0]
        return found


def _info(session: onnxruntime.InferenceSession, path: Path, role: str) -> NetworkInfo:
    try:
        values = json.loads(session.get_modelmeta().custom_metadata_map["fewclicks"])
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        info = NetworkInfo(**{**values, **lists})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("not a weights file of locate; choose another file", path) from error
    if info.role != role:
        raise InputError(f"the weights are of the role {info.role!r}, not {role!r}; choose another file", path)
    return info

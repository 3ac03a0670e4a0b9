"""The two designs behind one interface: an image becomes an encoding, a window with prompt maps becomes logits."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.segment.options import ClickEncoding
from fewclicks.methods.shared.colour import with_colour
from fewclicks.methods.shared.encoded_image import EncodedImage, encode_image
from fewclicks.methods.shared.onnx_files import open_onnx, read_info
from fewclicks.methods.shared.windows import Window, crop_image
from fewclicks.model import Encoding

QUALITY = "quality"  # the output with the predicted IoU


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """How a network was trained, from the ONNX metadata "fewclicks" of its files. `weights` names the version.

    calibration and first_calibration: pairs of a prediction and the mean IoU of such answers, 0..1, both increasing.
    The first is for what the network predicts, the second for answers to a first click alone, where most objects are
    still ambiguous. first_weights: of the constant and of each of look.FEATURES, whose sum predicts the latter; without
    them, the network does.
    """

    weights: str
    design: str
    clicks: str
    encoding: ClickEncoding
    previous_mask: bool
    colour_model: bool = False
    calibration: tuple[Sequence[float], ...] = ()
    first_calibration: tuple[Sequence[float], ...] = ()
    first_weights: Sequence[float] = ()

    def uncalibrated(self) -> "NetworkInfo":
        """Return this info without calibration."""
        return replace(self, calibration=(), first_calibration=(), first_weights=())

    def calibrated(self, quality: float) -> float:
        """Return the IoU to expect, 0..1, if the network predicts `quality`."""
        return _interpolated(quality, self.calibration)

    def calibrated_first(self, quality: float, features: Float32[np.ndarray, "F"]) -> float:
        """Return the same for an answer to a first click with these look.FEATURES."""
        if self.first_weights:
            constant, *weights = self.first_weights
            quality = float(np.clip(constant + np.dot(weights, features), 0, 1))
        return _interpolated(quality, self.first_calibration)


def _interpolated(value: float, pairs: tuple[Sequence[float], ...]) -> float:
    if not pairs:
        return value
    predicted, expected = zip(*pairs, strict=True)
    return float(np.interp(value, predicted, expected))


@dataclass(frozen=True, slots=True)
class View:
    """What the head needs of a window, whatever the prompts: its pixels on the grid, and the other inputs."""

    rgb: UInt8[np.ndarray, "G G 3"]
    feeds: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Answered:
    """The logits of a mask, and its predicted IoU, 0..1, as the network sees it; None if it predicts none."""

    logits: Float32[np.ndarray, "G G"]
    quality: float | None


@runtime_checkable
class Runtime(Protocol):
    """A design with its weights; `grid` is the side of prompt maps and logits.

    predicts_quality: whether answers have a predicted IoU.
    """

    network: NetworkInfo
    grid: int
    predicts_quality: bool

    def encode(self, image: ImageSource) -> Encoding[EncodedImage]:
        """Read an image once."""
        ...

    def see(self, encoding: Encoding[EncodedImage], window: Window) -> View:
        """Read a window."""
        ...

    def see_mirrored(self, encoding: Encoding[EncodedImage], window: Window) -> View | None:
        """Read the mirror image (left to right) of a window; None in a design that cannot."""
        ...

    def answer(self, view: View, maps: Float32[np.ndarray, "P G G"]) -> Answered:
        """Answer the prompt maps of the window."""
        ...


def load_runtime(head: Path, encoder: Path, threads: int) -> Runtime:
    """Open the two files of a network. Raises InputError."""
    answering, network = open_session(head, threads)
    reading, _ = open_session(encoder, threads, spin=False)
    design = CropRuntime if network.design == "crop" else EncodeOnceRuntime
    return design(reading, answering, network)


def open_session(model: Path, threads: int, spin: bool = True) -> tuple[onnxruntime.InferenceSession, NetworkInfo]:
    """An ONNX Runtime session (see `open_onnx`) and the metadata of the file.

    Raises InputError when the file is not one of a `segment` model.
    """
    session = open_onnx(model, threads, spin)
    return session, read_info(session, NetworkInfo, "segment", model)


class _Head:
    """The part of both designs that answers."""

    def __init__(
        self, encoder: onnxruntime.InferenceSession, head: onnxruntime.InferenceSession, network: NetworkInfo
    ) -> None:
        self.network, self._encoder, self._head = network, encoder, head
        self.grid: int = next(each.shape[2] for each in head.get_inputs() if each.name == "prompts")
        self.predicts_quality = any(each.name == QUALITY for each in head.get_outputs())

    def answer(self, view: View, maps: Float32[np.ndarray, "P G G"]) -> Answered:
        prompts = with_colour(maps, view.rgb) if self.network.colour_model else maps
        wanted = ["logits", QUALITY] if self.predicts_quality else ["logits"]
        logits, *quality = self._head.run(wanted, {**view.feeds, "prompts": prompts[None]})
        return Answered(logits[0, 0], float(quality[0][0]) if quality else None)


class CropRuntime(_Head):
    """The paper's design: the encoding is the image itself, the whole network runs on the window.

    The latest view, and that of a mirror image, are cached, since the next click mostly needs the same window.
    """

    def __init__(
        self, encoder: onnxruntime.InferenceSession, head: onnxruntime.InferenceSession, network: NetworkInfo
    ) -> None:
        super().__init__(encoder, head, network)
        self._crop = encoder.get_inputs()[0].shape[1]
        self._latest: dict[bool, tuple[weakref.ref[ImageSource], Window, View]] = {}

    def encode(self, image: ImageSource) -> Encoding[EncodedImage]:
        none = np.zeros((1, 0, 0, 0), np.float32)
        return Encoding(size_of(image), EncodedImage(none, 1.0, image), 0)

    def see(self, encoding: Encoding[EncodedImage], window: Window) -> View:
        return self._view(encoding.data.image, window, mirrored=False)

    def see_mirrored(self, encoding: Encoding[EncodedImage], window: Window) -> View:
        return self._view(encoding.data.image, window, mirrored=True)

    def _view(self, image: ImageSource, window: Window, mirrored: bool) -> View:
        latest = self._latest.get(mirrored)
        if latest is not None and latest[0]() is image and latest[1] == window:
            return latest[2]
        crop = crop_image(image, window, self._crop)
        view = self._read(np.ascontiguousarray(crop[:, ::-1]) if mirrored else crop)
        self._latest[mirrored] = weakref.ref(image), window, view
        return view

    def _read(self, crop: UInt8[np.ndarray, "S S 3"]) -> View:
        fine, features = self._encoder.run(["fine", "features"], {"rgb": crop[None]})
        cells = cv2.resize(crop, (self.grid, self.grid), interpolation=cv2.INTER_AREA)
        return View(cells, {"fine": fine, "features": features})


class EncodeOnceRuntime(_Head):
    """The image is encoded once; an answer runs the head on features and pixels of the window."""

    def encode(self, image: ImageSource) -> Encoding[EncodedImage]:
        encoded = encode_image(self._encoder, image)
        return Encoding(size_of(image), encoded, encoded.nbytes)

    def see(self, encoding: Encoding[EncodedImage], window: Window) -> View:
        encoded = encoding.data
        rgb = crop_image(encoded.image, window, self.grid)
        return View(rgb, {"features": encoded.features, "windows": encoded.rois([window]), "rgb": rgb[None]})

    def see_mirrored(self, encoding: Encoding[EncodedImage], window: Window) -> None:
        """The encoding is that of the image, not of its mirror image."""

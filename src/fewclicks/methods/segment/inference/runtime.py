"""The two designs behind one face: an image becomes an encoding, a window with prompt maps becomes logits."""

import json
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.protocol import Encoding
from fewclicks.methods.segment.inference.prompts import ClickEncoding
from fewclicks.methods.shared.colour import with_colour
from fewclicks.methods.shared.encoded_image import EncodedImage, encode_image
from fewclicks.methods.shared.onnx_files import open_onnx
from fewclicks.methods.shared.windows import Window, crop_image


@dataclass(frozen=True, slots=True)
class Traits:
    """What a weights file says of itself, in its ONNX metadata under "fewclicks"."""

    weights: str
    design: str
    clicks: str
    encoding: ClickEncoding
    previous_mask: bool
    colour_model: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What was seen of a window, whatever the prompts: its pixels on the grid, and what the head is fed of it."""

    rgb: UInt8[np.ndarray, "G G 3"]
    feeds: dict[str, np.ndarray]


@runtime_checkable
class Runtime(Protocol):
    traits: Traits
    grid: int

    def encode(self, image: ImageSource) -> Encoding: ...

    def image(self, encoding: Encoding) -> ImageSource: ...

    def see(self, encoding: Encoding, window: Window) -> View: ...

    def logits(self, view: View, maps: Float32[np.ndarray, "P G G"]) -> Float32[np.ndarray, "G G"]:
        """Answer the prompt maps for a window that was seen."""
        ...


def load_runtime(model: Path, threads: int) -> Runtime:
    """Open the head `model`, or its eight-bit copy NAME.int8.onnx if there is one, and NAME.encoder.onnx beside it.

    Raises InputError.
    """
    copy = model.with_suffix(".int8.onnx")
    head, traits = open_session(copy if copy.exists() else model, threads)
    encoder, _ = open_session(model.with_suffix(".encoder.onnx"), threads, spin=False)
    return CropRuntime(encoder, head, traits) if traits.design == "crop" else EncodeOnceRuntime(encoder, head, traits)


def open_session(model: Path, threads: int, spin: bool = True) -> tuple[onnxruntime.InferenceSession, Traits]:
    """An ONNX Runtime session (see `open_onnx`) and the traits in the file.

    Raises InputError when it is no segment model.
    """
    session = open_onnx(model, threads, spin)
    try:
        traits = Traits(**json.loads(session.get_modelmeta().custom_metadata_map["fewclicks"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a segment model of fewclicks ({type(error).__name__})", model) from error
    return session, traits


class _Head:
    """What both designs answer with."""

    def __init__(
        self, encoder: onnxruntime.InferenceSession, head: onnxruntime.InferenceSession, traits: Traits
    ) -> None:
        self.traits, self._encoder, self._head = traits, encoder, head
        self.grid: int = next(each.shape[2] for each in head.get_inputs() if each.name == "prompts")

    def logits(self, view: View, maps: Float32[np.ndarray, "P G G"]) -> Float32[np.ndarray, "G G"]:
        prompts = with_colour(maps, view.rgb) if self.traits.colour_model else maps
        (out,) = self._head.run(None, {**view.feeds, "prompts": prompts[None]})
        answer: Float32[np.ndarray, "G G"] = out[0, 0]
        return answer


class CropRuntime(_Head):
    """The paper's design: the encoding is the image itself, the whole network runs on the window.

    What the prompts do not change is kept of the window that was seen last: the next click is mostly about the same.
    """

    def __init__(
        self, encoder: onnxruntime.InferenceSession, head: onnxruntime.InferenceSession, traits: Traits
    ) -> None:
        super().__init__(encoder, head, traits)
        self._crop = encoder.get_inputs()[0].shape[1]
        self._latest: tuple[weakref.ref[ImageSource], Window, View] | None = None

    def encode(self, image: ImageSource) -> Encoding:
        return Encoding(size_of(image), image, 0)

    def image(self, encoding: Encoding) -> ImageSource:
        return encoding.data

    def see(self, encoding: Encoding, window: Window) -> View:
        latest = self._latest
        if latest is not None and latest[0]() is encoding.data and latest[1] == window:
            return latest[2]
        rgb = crop_image(encoding.data, window, self._crop)
        fine, features = self._encoder.run(["fine", "features"], {"rgb": rgb[None]})
        cells = cv2.resize(rgb, (self.grid, self.grid), interpolation=cv2.INTER_AREA)
        view = View(cells, {"fine": fine, "features": features})
        self._latest = weakref.ref(encoding.data), window, view
        return view


class EncodeOnceRuntime(_Head):
    """The image is encoded once; an answer runs the head on features and pixels of the window."""

    def encode(self, image: ImageSource) -> Encoding:
        encoded = encode_image(self._encoder, image)
        return Encoding(size_of(image), encoded, encoded.nbytes)

    def image(self, encoding: Encoding) -> ImageSource:
        return encoding.data.image

    def see(self, encoding: Encoding, window: Window) -> View:
        kept: EncodedImage = encoding.data
        rgb = crop_image(kept.image, window, self.grid)
        return View(rgb, {"features": kept.features, "windows": kept.rois([window]), "rgb": rgb[None]})

"""The two designs behind one face: an image becomes an encoding, a window with prompt maps becomes logits."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.methods.colour import with_colour
from fewclicks.methods.encoded_image import EncodedImage, encode_image
from fewclicks.methods.onnx_files import open_onnx
from fewclicks.methods.pixels import Pixels, size_of
from fewclicks.methods.protocol import Encoding
from fewclicks.methods.segment.prompts import ClickEncoding
from fewclicks.methods.windows import Window, crop_image


@dataclass(frozen=True, slots=True)
class Traits:
    """What a weights file says of itself, in its ONNX metadata under "fewclicks"."""

    weights: str
    design: str
    clicks: str
    encoding: ClickEncoding
    previous_mask: bool
    colour_model: bool = False


@runtime_checkable
class Runtime(Protocol):
    traits: Traits
    grid: int

    def encode(self, image: Pixels) -> Encoding: ...

    def image(self, encoding: Encoding) -> Pixels: ...

    def pixels(self, encoding: Encoding, window: Window) -> UInt8[np.ndarray, "S S 3"]:
        """The window as the network sees it."""
        ...

    def logits(
        self,
        encoding: Encoding,
        window: Window,
        rgb: UInt8[np.ndarray, "S S 3"],
        maps: Float32[np.ndarray, "P G G"],
    ) -> Float32[np.ndarray, "G G"]:
        """Answer the prompt maps for a window and its `pixels`."""
        ...


def load_runtime(model: Path, threads: int) -> Runtime:
    """Open `model`, or its eight-bit copy NAME.int8.onnx if that lies beside it. Raises InputError.

    An encode-once model has its encoder beside it, NAME.encoder.onnx.
    """
    copy = model.with_suffix(".int8.onnx")
    session, traits = open_session(copy if copy.exists() else model, threads)
    if traits.design == "crop":
        return CropRuntime(session, traits)
    encoder, _ = open_session(model.with_suffix(".encoder.onnx"), threads)
    return EncodeOnceRuntime(encoder, session, traits)


def open_session(model: Path, threads: int) -> tuple[onnxruntime.InferenceSession, Traits]:
    """An ONNX Runtime session and the traits in the file. Raises InputError when it is no segment model."""
    session = open_onnx(model, threads)
    try:
        traits = Traits(**json.loads(session.get_modelmeta().custom_metadata_map["fewclicks"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a segment model of fewclicks ({type(error).__name__})", model) from error
    return session, traits


class CropRuntime:
    """The paper's design: the encoding is the image itself, the whole network runs on the window."""

    def __init__(self, session: onnxruntime.InferenceSession, traits: Traits) -> None:
        self.traits, self._session = traits, session
        self._crop = session.get_inputs()[0].shape[1]
        self.grid = session.get_inputs()[1].shape[2]

    def encode(self, image: Pixels) -> Encoding:
        return Encoding(size_of(image), image, 0)

    def image(self, encoding: Encoding) -> Pixels:
        return encoding.data

    def pixels(self, encoding: Encoding, window: Window) -> UInt8[np.ndarray, "S S 3"]:
        return crop_image(encoding.data, window, self._crop)

    def logits(
        self,
        encoding: Encoding,
        window: Window,
        rgb: UInt8[np.ndarray, "S S 3"],
        maps: Float32[np.ndarray, "P G G"],
    ) -> Float32[np.ndarray, "G G"]:
        prompts = with_colour(maps, rgb) if self.traits.colour_model else maps
        (out,) = self._session.run(None, {"rgb": rgb[None], "prompts": prompts[None]})
        return out[0, 0]


class EncodeOnceRuntime:
    """The image is encoded once; an answer runs the head on features and pixels of the window."""

    def __init__(
        self, encoder: onnxruntime.InferenceSession, head: onnxruntime.InferenceSession, traits: Traits
    ) -> None:
        self.traits, self._encoder, self._head = traits, encoder, head
        self.grid = head.get_inputs()[3].shape[2]

    def encode(self, image: Pixels) -> Encoding:
        encoded = encode_image(self._encoder, image)
        return Encoding(size_of(image), encoded, encoded.nbytes)

    def image(self, encoding: Encoding) -> Pixels:
        return encoding.data.image

    def pixels(self, encoding: Encoding, window: Window) -> UInt8[np.ndarray, "S S 3"]:
        return crop_image(encoding.data.image, window, self.grid)

    def logits(
        self,
        encoding: Encoding,
        window: Window,
        rgb: UInt8[np.ndarray, "S S 3"],
        maps: Float32[np.ndarray, "P G G"],
    ) -> Float32[np.ndarray, "G G"]:
        kept: EncodedImage = encoding.data
        rois = kept.rois([window])
        prompts = with_colour(maps, rgb) if self.traits.colour_model else maps
        feeds = {"features": kept.features, "windows": rois, "rgb": rgb[None], "prompts": prompts[None]}
        (out,) = self._head.run(None, feeds)
        return out[0, 0]

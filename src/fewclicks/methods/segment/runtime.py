"""The two designs behind one face: an image becomes an encoding, a window with prompt maps becomes logits."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.errors import InputError
from fewclicks.methods.colour import with_colour
from fewclicks.methods.onnx_files import open_onnx
from fewclicks.methods.protocol import Encoding
from fewclicks.methods.segment.prompts import ClickEncoding
from fewclicks.methods.windows import Window, crop_image

LONGEST_ENCODED = 640  # pixels of the longer side of an image that is encoded as a whole


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

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding: ...

    def image(self, encoding: Encoding) -> UInt8[np.ndarray, "H W 3"]: ...

    def logits(
        self, encoding: Encoding, window: Window, maps: Float32[np.ndarray, "P G G"]
    ) -> Float32[np.ndarray, "G G"]: ...


def load_runtime(model: Path, threads: int) -> Runtime:
    """Open `model`; an encode-once model has its encoder beside it, NAME.encoder.onnx. Raises InputError."""
    session, traits = open_session(model, threads)
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

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        return Encoding((image.shape[0], image.shape[1]), image, image.nbytes)

    def image(self, encoding: Encoding) -> UInt8[np.ndarray, "H W 3"]:
        return encoding.data

    def logits(
        self, encoding: Encoding, window: Window, maps: Float32[np.ndarray, "P G G"]
    ) -> Float32[np.ndarray, "G G"]:
        rgb = crop_image(encoding.data, window, self._crop)
        prompts = with_colour(maps, rgb) if self.traits.colour_model else maps
        (out,) = self._session.run(None, {"rgb": rgb[None], "prompts": prompts[None]})
        return out[0, 0]


@dataclass(frozen=True)
class EncodedImage:
    """Features at stride 4 of the image scaled by `scale`, and the image for the window's pixels."""

    features: Float32[np.ndarray, "1 C h w"]
    scale: float
    image: UInt8[np.ndarray, "H W 3"]


class EncodeOnceRuntime:
    """The image is encoded once; an answer runs the head on features and pixels of the window."""

    def __init__(
        self, encoder: onnxruntime.InferenceSession, head: onnxruntime.InferenceSession, traits: Traits
    ) -> None:
        self.traits, self._encoder, self._head = traits, encoder, head
        self.grid = head.get_inputs()[3].shape[2]

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        height, width = image.shape[:2]
        scale = min(1.0, LONGEST_ENCODED / max(height, width))
        goal = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(image, goal, interpolation=cv2.INTER_AREA) if scale < 1 else image
        padded = np.zeros((-(-goal[1] // 32) * 32, -(-goal[0] // 32) * 32, 3), np.uint8)
        padded[: goal[1], : goal[0]] = small
        (features,) = self._encoder.run(None, {"rgb": padded[None]})
        return Encoding((height, width), EncodedImage(features, scale, image), features.nbytes + image.nbytes)

    def image(self, encoding: Encoding) -> UInt8[np.ndarray, "H W 3"]:
        return encoding.data.image

    def logits(
        self, encoding: Encoding, window: Window, maps: Float32[np.ndarray, "P G G"]
    ) -> Float32[np.ndarray, "G G"]:
        kept: EncodedImage = encoding.data
        corners = np.array([window.x0, window.y0, window.x0 + window.width, window.y0 + window.height])
        rois = np.concatenate([[0.0], corners * kept.scale]).astype(np.float32)[None]
        rgb = crop_image(kept.image, window, self.grid)
        prompts = with_colour(maps, rgb) if self.traits.colour_model else maps
        feeds = {"features": kept.features, "windows": rois, "rgb": rgb[None], "prompts": prompts[None]}
        (out,) = self._head.run(None, feeds)
        return out[0, 0]

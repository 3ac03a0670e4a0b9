"""An image as a backbone read it: features at stride 4, kept between answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.methods.shared.windows import Window

LONGEST_ENCODED = 640  # pixels of the longer side of an image that is encoded as a whole
PADDED_TO = 32


@dataclass(frozen=True)
class EncodedImage:
    """Features at stride 4 of the image scaled by `scale`, and the image for the pixels of windows."""

    features: Float32[np.ndarray, "1 C h w"]
    scale: float
    image: ImageSource

    @property
    def nbytes(self) -> int:
        """What this takes besides the image itself."""
        return self.features.nbytes

    def rois(self, windows: Sequence[Window]) -> Float32[np.ndarray, "N 5"]:
        """Windows of the image as RoIAlign takes them: index 0, then x0, y0, x1, y1 in pixels of the scaled image."""
        corners = [[w.x0, w.y0, w.x0 + w.width, w.y0 + w.height] for w in windows]
        scaled = np.array(corners, float).reshape(-1, 4) * self.scale
        return np.insert(scaled, 0, 0.0, axis=1).astype(np.float32)


def encode_image(encoder: onnxruntime.InferenceSession, image: ImageSource) -> EncodedImage:
    """Run `encoder` on the image."""
    rgb, scale = encoder_input(image)
    (features,) = encoder.run(None, {"rgb": rgb[None]})
    return EncodedImage(features, scale, image)


def encoder_input(image: ImageSource) -> tuple[UInt8[np.ndarray, "h w 3"], float]:
    """Return the image as an encoder reads it, and its scale: at most LONGEST_ENCODED pixels a side.

    To the right and below, it is padded to whole cells of the deepest stage.
    """
    height, width = size_of(image)
    scale = min(1.0, LONGEST_ENCODED / max(height, width))
    goal = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = read_region(image, (0, 0, width, height), 1 if isinstance(image, np.ndarray) else int(1 / scale))
    if scale < 1:
        small = cv2.resize(small, goal, interpolation=cv2.INTER_AREA)
    padded = np.zeros((-(-goal[1] // PADDED_TO) * PADDED_TO, -(-goal[0] // PADDED_TO) * PADDED_TO, 3), np.uint8)
    padded[: goal[1], : goal[0]] = small
    return padded, scale

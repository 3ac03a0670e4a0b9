"""At which scale an image is read, and how it is laid out for the encoder."""

import cv2
import numpy as np
from jaxtyping import UInt8

from fewclicks.methods.detect.inference.network.design import STRIDES

SMALL = 640  # pixels: the objects of smaller images are small too, and a pyramid that starts at stride 8 loses them
LARGEST_GAIN = 2.0
LONGEST = 2048  # pixels of the longer side of what is read at once
SMOOTHING = 0.5  # pixels (standard deviation): networks learn from resampled images, which are softer than others


def is_read_in_parts(size_hw: tuple[int, int]) -> bool:
    """Whether an image is read tile by tile: reduced to LONGEST, its objects would be lost."""
    return max(size_hw) > LONGEST


def reading_scale(size_hw: tuple[int, int]) -> float:
    """Pixels of the network's input for a pixel of the image: small images are enlarged."""
    return max(1.0, min(LARGEST_GAIN, SMALL / max(size_hw)))


def read_at(image: UInt8[np.ndarray, "H W 3"], scale: float) -> UInt8[np.ndarray, "h w 3"]:
    """The image at that scale, black to the right and below up to whole cells of the coarsest level."""
    if scale != 1:
        goal = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = cv2.resize(image, goal, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    else:
        image = cv2.GaussianBlur(image, (3, 3), SMOOTHING)
    height, width = (-(-side // STRIDES[-1]) * STRIDES[-1] for side in image.shape[:2])
    padded = np.zeros((height, width, 3), np.uint8)
    padded[: image.shape[0], : image.shape[1]] = image
    return padded

"""Segment ids as the colours of a PNG: id = R + 256 G + 65536 B, and 0 is void."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Int32, Integer
from PIL import Image

from fewclicks.images.files import read_image

VOID = 0
LARGEST_ID = 2**24 - 1


def read_ids(path: Path) -> Int32[np.ndarray, "H W"]:
    """The segment id of every pixel. Raises InputError for what is no image."""
    red, green, blue = np.moveaxis(read_image(path), 2, 0).astype(np.int32)
    return red + 256 * green + 65536 * blue


def png_of(ids: Integer[np.ndarray, "H W"]) -> bytes:
    """The PNG whose colours are `ids`."""
    rgb = np.stack([ids & 255, ids >> 8 & 255, ids >> 16 & 255], axis=2).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()

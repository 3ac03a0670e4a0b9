"""Large images, of which any window is read at any scale, but never the whole at full size."""

from math import ceil
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.images.files import THUMBNAIL, Header, encode_thumbnail
from fewclicks.images.levels import Level, find_levels, open_source, read_small
from fewclicks.images.vips import reading

MOST_READ = 100_000_000  # pixels, the maximum area of one read at full size
EPSILON = 1e-6
SLACK = 1.001  # tolerance for levels that are slightly smaller than half of the one before


class LargeImage:
    """A large image with the pixels of `files.read_image`: upright RGB, 0..255; thread-safe."""

    def __init__(self, path: Path, levels: tuple[Level, ...], header: Header, made: tuple[Path, ...] = ()) -> None:
        self.path = path
        self.header = header
        self.size_hw: tuple[int, int] = (levels[0].image.height, levels[0].image.width)
        self._levels = levels
        self._made = made

    @classmethod
    def find(cls, path: Path, folder: Path) -> "LargeImage | None":
        """Open the image at `path` with the levels in `folder`; None if they are missing. Raises InputError."""
        source = open_source(path)
        levels = find_levels(source, folder)
        return None if levels is None else cls(path, levels, source.header, tuple(folder.glob("*.tif")))

    @property
    def is_whole(self) -> bool:
        """Whether the files of its levels still exist."""
        return all(file.is_file() for file in self._made)

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        """Return the pixels x0 <= x < x1, y0 <= y < y1, shrunk by averaging; writable by the caller.

        The window lies inside the image. The result has ceil((x1 - x0) / shrink) columns, rows likewise. Raises
        InputError for a damaged file, and for more than `MOST_READ` pixels at full size.
        """
        limit = MOST_READ * shrink**2
        if (x1 - x0) * (y1 - y0) > limit:
            raise InputError(f"the area {x1 - x0}x{y1 - y0} exceeds {limit:,} pixels; read a smaller one", self.path)
        level = next((each for each in reversed(self._levels) if each.scale <= shrink * SLACK), self._levels[0])
        left, top = (int(low / level.scale + EPSILON) for low in (x0, y0))
        right = min(ceil(x1 / level.scale - EPSILON), level.image.width)
        bottom = min(ceil(y1 / level.scale - EPSILON), level.image.height)
        with reading(self.path):
            window = level.image.crop(left, top, right - left, bottom - top).numpy()
        goal = (ceil((x1 - x0) / shrink), ceil((y1 - y0) / shrink))
        return window if window.shape[1::-1] == goal else cv2.resize(window, goal, interpolation=cv2.INTER_AREA)


def read_thumbnail(path: Path) -> bytes:
    """Return a JPEG of at most `files.THUMBNAIL` pixels a side, without levels. Raises InputError."""
    return encode_thumbnail(Image.fromarray(read_small(open_source(path), THUMBNAIL)))

"""A large image as methods and the page read it: any region at any scale, never the whole at full size."""

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

MOST_READ = 100_000_000  # pixels of the image that one reading at full size may cover
EPSILON = 1e-6
SLACK = 1.001  # a level of a file may be a little smaller than half of the one before


class LargeImage:
    """The pixels are those of `image_files.read_image`, upright RGB, 0..255. Safe to use from threads."""

    def __init__(self, path: Path, levels: tuple[Level, ...], header: Header, made: tuple[Path, ...] = ()) -> None:
        self.path = path
        self.header = header
        self.size_hw: tuple[int, int] = (levels[0].image.height, levels[0].image.width)
        self._levels = levels
        self._made = made

    @classmethod
    def find(cls, path: Path, folder: Path) -> "LargeImage | None":
        """The image at `path`, with what it needs in `folder`; None when that is not there yet. Raises InputError."""
        source = open_source(path)
        levels = find_levels(source, folder)
        return None if levels is None else cls(path, levels, source.header, tuple(folder.glob("*.tif")))

    @property
    def is_whole(self) -> bool:
        """Whether the levels that were made for it are still there."""
        return all(file.is_file() for file in self._made)

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        """The pixels x0 <= x < x1, y0 <= y < y1, which lie inside, shrunk by averaging; writable by the caller.

        The answer has ceil((x1 - x0) / shrink) columns, rows likewise. Raises InputError for a damaged file, and for
        more than `MOST_READ` pixels at full size.
        """
        if (x1 - x0) * (y1 - y0) > MOST_READ * shrink**2:
            raise InputError(f"{x1 - x0}x{y1 - y0} pixels are too many to be read at once", self.path)
        level = next((each for each in reversed(self._levels) if each.scale <= shrink * SLACK), self._levels[0])
        left, top = (int(low / level.scale + EPSILON) for low in (x0, y0))
        right = min(ceil(x1 / level.scale - EPSILON), level.image.width)
        bottom = min(ceil(y1 / level.scale - EPSILON), level.image.height)
        with reading(self.path):
            part = level.image.crop(left, top, right - left, bottom - top).numpy()
        goal = (ceil((x1 - x0) / shrink), ceil((y1 - y0) / shrink))
        return part if part.shape[1::-1] == goal else cv2.resize(part, goal, interpolation=cv2.INTER_AREA)


def read_thumbnail(path: Path) -> bytes:
    """A JPEG of at most `image_files.THUMBNAIL` pixels a side, made from the file alone. Raises InputError."""
    return encode_thumbnail(Image.fromarray(read_small(open_source(path), THUMBNAIL)))

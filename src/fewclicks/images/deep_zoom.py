"""Deep zoom: square tiles of an image at every power of two, for OpenSeadragon."""

from dataclasses import dataclass
from math import ceil, log2

from PIL import Image

from fewclicks.errors import NotFoundError
from fewclicks.images.files import encode
from fewclicks.images.large_image import LargeImage

TILE = 512  # pixels a side
COARSEST = 9  # the level at which the image fits into one tile, the coarsest in use


@dataclass(frozen=True, slots=True)
class DeepZoom:
    """The levels of an image of `size_hw`: `finest` at full size, each before at half the size."""

    size_hw: tuple[int, int]

    @property
    def finest(self) -> int:
        """The level at full size."""
        return max(ceil(log2(max(self.size_hw))), COARSEST)

    def tile_xyxy(self, level: int, column: int, row: int) -> tuple[int, int, int, int]:
        """Return the pixels of the image in a tile, clipped at the right and lower border.

        Raises NotFoundError for a tile that does not exist.
        """
        height, width = self.size_hw
        side = TILE * self.shrink(level)
        x0, y0 = column * side, row * side
        if column < 0 or row < 0 or x0 >= width or y0 >= height:
            raise NotFoundError(f"no tile {column}, {row} at level {level}; reload the page")
        return x0, y0, min(x0 + side, width), min(y0 + side, height)

    def shrink(self, level: int) -> int:
        """Return the scale of this level, in pixels of the image a pixel. Raises NotFoundError."""
        if not COARSEST <= level <= self.finest:
            raise NotFoundError(f"no level {level}; use {COARSEST} to {self.finest}")
        return 1 << (self.finest - level)


def read_tile(image: LargeImage, level: int, column: int, row: int) -> tuple[bytes, str]:
    """Return a tile as (bytes, media type). Raises NotFoundError, and InputError for a damaged file."""
    zoom = DeepZoom(image.size_hw)
    tile = Image.fromarray(image.read(*zoom.tile_xyxy(level, column, row), shrink=zoom.shrink(level)))
    profile = image.header.profile
    if image.header.lossy:
        return encode(tile, "JPEG", quality=95, subsampling=0, icc_profile=profile), "image/jpeg"
    # Uncompressed, because compressing takes longer than sending to a browser on this machine.
    return encode(tile, "PNG", compress_level=0, icc_profile=profile), "image/png"

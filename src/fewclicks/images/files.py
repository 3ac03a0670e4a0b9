"""Reading image files as upright 8-bit RGB, with errors in one line; files are never written."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from fewclicks.errors import InputError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".svs", ".webp", ".gif", ".ppm", ".pgm"})
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
MAX_PIXELS = 100_000_000  # read as a whole: 300 MB once decoded
MAX_PIXELS_IN_PARTS = 65_535**2  # read part by part (see large_image): the largest JPEG
LARGE_PIXELS = 30_000_000  # larger images are shown and read part by part
LARGE_SIDE = 16_384  # pixels; the maximum side of a picture in browsers
BAND = 2**18  # pixels copied at once
THUMBNAIL = 160
ORIENTATION = 0x0112
TRANSPOSED = range(5, 9)  # EXIF orientations that swap width and height

# Importing these plugins registers their formats in Pillow.
PLUGINS = (TiffImagePlugin, WebPImagePlugin)

# No limit in Pillow, because `_opened` checks the size before decoding.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Header:
    """The header of an image file.

    size_hw: of the upright image. in_parts: whether it can be read row by row in one pass. lossy: whether its
    compression is lossy, such as JPEG. profile: the ICC profile of RGB colours, or None.
    """

    kind: str
    size_hw: tuple[int, int]
    orientation: int
    in_parts: bool
    lossy: bool
    profile: bytes | None


def is_large(size_hw: tuple[int, int]) -> bool:
    """Return whether an image of this size is shown and read part by part."""
    return size_hw[0] * size_hw[1] > LARGE_PIXELS or max(size_hw) > LARGE_SIDE


def read_image(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """Return the image as RGB, 0..255, with the EXIF orientation applied; writable by the caller.

    16-bit grayscale is scaled by its minimum and maximum, transparency becomes white, and only the first frame of an
    animation is read. Raises InputError for a missing or damaged file, or one that is too large or not an image.
    """
    with _opened(path) as image:
        return _pixels(_upright_rgb(image))


def read_size_hw(path: Path) -> tuple[int, int]:
    """Return height and width of the upright image, from the file's header alone."""
    return read_header(path).size_hw


def read_header(path: Path) -> Header:
    """Read the file's header. Raises InputError as `read_image` does, but allows larger images that are `in_parts`."""
    with _opened(path, in_parts=True) as image:
        orientation = image.getexif().get(ORIENTATION, 1)
        size_hw = (image.width, image.height) if orientation in TRANSPOSED else (image.height, image.width)
        lossy = image.format in ("JPEG", "MPO") or image.info.get("compression") == "jpeg"
        profile = image.info.get("icc_profile") if image.mode == "RGB" else None
        return Header(str(image.format), size_hw, orientation, _in_parts(image), lossy, profile)


def read_thumbnail(path: Path) -> bytes:
    """Return a JPEG of at most `THUMBNAIL` pixels a side."""
    with _opened(path) as image:
        image.draft("RGB", (THUMBNAIL * 2, THUMBNAIL * 2))  # a JPEG decodes faster at a fraction of its size
        return encode_thumbnail(_upright_rgb(image))


def read_for_browser(path: Path) -> tuple[bytes, str]:
    """Return the image upright, 8 bit, RGB or gray, as (bytes, media type); unchanged files if possible."""
    with _opened(path) as image:
        kind = image.format
        plain = image.mode in ("RGB", "L") and image.getexif().get(ORIENTATION, 1) == 1
        if plain and kind in ("JPEG", "PNG"):
            return path.read_bytes(), f"image/{kind.lower()}"
        rgb = _upright_rgb(image)
        if kind in ("JPEG", "MPO"):
            return encode(rgb, "JPEG", quality=95, subsampling=0), "image/jpeg"
        return encode(rgb, "PNG", compress_level=1), "image/png"


def encode_thumbnail(rgb: Image.Image) -> bytes:
    """Return a JPEG of at most `THUMBNAIL` pixels a side."""
    rgb.thumbnail((THUMBNAIL, THUMBNAIL))
    return encode(rgb, "JPEG", quality=85)


def encode(image: Image.Image, kind: str, **options: int | bytes | None) -> bytes:
    """Return an image as the bytes of a file of this format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@contextmanager
def _opened(path: Path, in_parts: bool = False) -> Iterator[Image.Image]:
    """Open an image; any error inside the block becomes InputError."""
    try:
        if path.stat().st_size == 0:
            raise InputError("the file is empty; replace it by an image", path)
        with Image.open(path, formats=FORMATS) as image:
            _check_pixels(image, path, MAX_PIXELS_IN_PARTS if in_parts and _in_parts(image) else MAX_PIXELS)
            yield image
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError("file not found; check the path", path) from error
    except UnidentifiedImageError as error:
        problem = f"not an image in a supported format; use one of {', '.join(FORMATS)}"
        raise InputError(problem, path) from error
    except Exception as error:  # decoders raise almost anything on damaged files
        raise InputError(f"cannot read the image: {_reason(error)}; check or replace the file", path) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _check_pixels(image: Image.Image, path: Path, most: int) -> None:
    if image.width * image.height <= most:
        return
    limit = f"use at most {most // 1_000_000} million pixels"
    if most == MAX_PIXELS:
        limit += ", or a larger JPEG, PNG or TIFF that is not progressive or interlaced"
    raise InputError(f"the image is too large: {image.width}x{image.height} pixels; {limit}", path)


def _in_parts(image: Image.Image) -> bool:
    """Return whether a decoder can read the file from top to bottom, with only some rows in memory."""
    if image.format in ("JPEG", "MPO"):
        return "progressive" not in image.info
    return image.format == "TIFF" or (image.format == "PNG" and not image.info.get("interlace"))


def _upright_rgb(image: Image.Image) -> Image.Image:
    image.load()
    rgb = _rgb(image)
    ImageOps.exif_transpose(rgb, in_place=True)
    return rgb


def _pixels(rgb: Image.Image) -> UInt8[np.ndarray, "H W 3"]:
    """Return the pixels as an array, copied band by band, which avoids two copies of a large image."""
    pixels = np.empty((rgb.height, rgb.width, 3), np.uint8)
    rows = max(1, BAND // rgb.width)
    for y in range(0, rgb.height, rows):
        pixels[y : y + rows] = np.asarray(rgb.crop((0, y, rgb.width, min(y + rows, rgb.height))))
    return pixels


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode == "F" or image.mode.startswith("I"):
        return _keep_orientation(_stretched(image), image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return _keep_orientation(Image.alpha_composite(white, rgba).convert("RGB"), image)
    return _keep_orientation(image.convert("RGB"), image)


def _keep_orientation(rgb: Image.Image, image: Image.Image) -> Image.Image:
    rgb.getexif()[ORIENTATION] = image.getexif().get(ORIENTATION, 1)
    return rgb


def _stretched(image: Image.Image) -> Image.Image:
    """Scale pixels of more than 8 bits from their minimum and maximum to 0..255."""
    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    return Image.fromarray(np.rint(scaled).astype(np.uint8)).convert("RGB")

"""Reading image files as they come: upright, 8 bit, RGB, or one line that says why not. Never writes."""

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
MAX_PIXELS_IN_PARTS = 65_535**2  # read part by part (see large_images): the largest JPEG that there is
LARGE_PIXELS = 30_000_000  # more are shown and read part by part
LARGE_SIDE = 16_384  # pixels; browsers draw no longer picture at once
BAND = 2**18  # pixels copied at once
THUMBNAIL = 160
ORIENTATION = 0x0112
TURNED = range(5, 9)  # EXIF orientations that swap width and height

# Pillow knows by itself only the commonest formats; naming the others here registers them.
PLUGINS = (TiffImagePlugin, WebPImagePlugin)

# Pillow's own limit warns at one size and refuses at another; `_opened` checks ours before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its image.

    size_hw: once upright. in_parts: it can be read row after row in one pass. lossy: its pixels are rounded already,
    as those of a JPEG. profile: the ICC profile of its colours when they are RGB.
    """

    kind: str
    size_hw: tuple[int, int]
    orientation: int
    in_parts: bool
    lossy: bool
    profile: bytes | None


def is_large(size_hw: tuple[int, int]) -> bool:
    """Whether an image of this size is shown and read part by part."""
    return size_hw[0] * size_hw[1] > LARGE_PIXELS or max(size_hw) > LARGE_SIDE


def read_image(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """The image as a viewer shows it: EXIF orientation applied, RGB, 0..255, writable by the caller.

    16-bit grayscale is stretched from its own range, transparency lies on white, of an animation the first
    frame counts. Raises InputError, naming the file, when it is absent, no image, damaged or too large.
    """
    with _opened(path) as image:
        return _pixels(_upright_rgb(image))


def read_size_hw(path: Path) -> tuple[int, int]:
    """Height and width as `read_image` will give them, from the file's header alone."""
    return read_header(path).size_hw


def read_header(path: Path) -> Header:
    """What the file's header alone says. Raises InputError as `read_image` does; larger images may be in parts."""
    with _opened(path, in_parts=True) as image:
        orientation = image.getexif().get(ORIENTATION, 1)
        size_hw = (image.width, image.height) if orientation in TURNED else (image.height, image.width)
        lossy = image.format in ("JPEG", "MPO") or image.info.get("compression") == "jpeg"
        profile = image.info.get("icc_profile") if image.mode == "RGB" else None
        return Header(str(image.format), size_hw, orientation, _in_parts(image), lossy, profile)


def read_thumbnail(path: Path) -> bytes:
    """A JPEG of at most `THUMBNAIL` pixels a side."""
    with _opened(path) as image:
        image.draft("RGB", (THUMBNAIL * 2, THUMBNAIL * 2))  # a JPEG decodes faster at a fraction of its size
        return encode_thumbnail(_upright_rgb(image))


def read_for_browser(path: Path) -> tuple[bytes, str]:
    """The image upright, 8 bit, RGB or gray, as (bytes, media type); the file itself where it is that already."""
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
    """A JPEG of at most `THUMBNAIL` pixels a side."""
    rgb.thumbnail((THUMBNAIL, THUMBNAIL))
    return encode(rgb, "JPEG", quality=85)


def encode(image: Image.Image, kind: str, **options: int | bytes | None) -> bytes:
    """An image as a file of this kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@contextmanager
def _opened(path: Path, in_parts: bool = False) -> Iterator[Image.Image]:
    """The opened image; whatever goes wrong with it inside the block is said as InputError."""
    try:
        if path.stat().st_size == 0:
            raise InputError("the file is empty", path)
        with Image.open(path, formats=FORMATS) as image:
            _check_pixels(image, path, MAX_PIXELS_IN_PARTS if in_parts and _in_parts(image) else MAX_PIXELS)
            yield image
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError("there is no such file", path) from error
    except UnidentifiedImageError as error:
        raise InputError(f"this is not an image that can be read ({', '.join(FORMATS)})", path) from error
    except Exception as error:  # decoders raise almost anything on damaged files
        raise InputError(f"the image is damaged or cannot be read: {_reason(error)}", path) from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _check_pixels(image: Image.Image, path: Path, most: int) -> None:
    if image.width * image.height <= most:
        return
    limit = f"at most {most // 1_000_000} million pixels can be opened"
    if most == MAX_PIXELS:
        limit += " at once; JPEG, PNG and TIFF open in parts, unless progressive or interlaced"
    raise InputError(f"the image is {image.width}x{image.height}; {limit}", path)


def _in_parts(image: Image.Image) -> bool:
    """Whether a decoder can go through the file from top to bottom and hold only some rows of it."""
    if image.format in ("JPEG", "MPO"):
        return "progressive" not in image.info
    return image.format == "TIFF" or (image.format == "PNG" and not image.info.get("interlace"))


def _upright_rgb(image: Image.Image) -> Image.Image:
    image.load()
    rgb = _rgb(image)
    ImageOps.exif_transpose(rgb, in_place=True)
    return rgb


def _pixels(rgb: Image.Image) -> UInt8[np.ndarray, "H W 3"]:
    """The pixels as an array, copied a band at a time: a large image as a whole would be copied three times."""
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
    """More than 8 bits a pixel: its own range becomes 0..255."""
    values = np.asarray(image, dtype=np.float64)
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    return Image.fromarray(np.rint(scaled).astype(np.uint8)).convert("RGB")

"""Reading image files as they come: upright, 8 bit, RGB, or one line that says why not. Never writes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from fewclicks.errors import InputError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm"})
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
MAX_PIXELS = 100_000_000  # 300 MB once decoded
BAND = 2**18  # pixels copied at once
THUMBNAIL = 160
ORIENTATION = 0x0112
TURNED = range(5, 9)  # EXIF orientations that swap width and height

# Pillow knows by itself only the commonest formats; naming the others here registers them.
PLUGINS = (TiffImagePlugin, WebPImagePlugin)

# Pillow's own limit warns at one size and refuses at another; `_opened` checks ours before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


def read_image(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """The image as a viewer shows it: EXIF orientation applied, RGB, 0..255, writable by the caller.

    16-bit grayscale is stretched from its own range, transparency lies on white, of an animation the first
    frame counts. Raises InputError, naming the file, when it is absent, no image, damaged or too large.
    """
    with _opened(path) as image:
        return _pixels(_upright_rgb(image))


def read_size_hw(path: Path) -> tuple[int, int]:
    """Height and width as `read_image` will give them, from the file's header alone."""
    with _opened(path) as image:
        turned = image.getexif().get(ORIENTATION) in TURNED
        return (image.width, image.height) if turned else (image.height, image.width)


def read_thumbnail(path: Path) -> bytes:
    """A JPEG of at most `THUMBNAIL` pixels a side."""
    with _opened(path) as image:
        image.draft("RGB", (THUMBNAIL * 2, THUMBNAIL * 2))  # a JPEG decodes faster at a fraction of its size
        small = _upright_rgb(image)
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        return _encoded(small, "JPEG", quality=85)


def read_for_browser(path: Path) -> tuple[bytes, str]:
    """The image upright, 8 bit, RGB or gray, as (bytes, media type); the file itself where it is that already."""
    with _opened(path) as image:
        kind = image.format
        plain = image.mode in ("RGB", "L") and image.getexif().get(ORIENTATION, 1) == 1
        if plain and kind in ("JPEG", "PNG"):
            return path.read_bytes(), f"image/{kind.lower()}"
        rgb = _upright_rgb(image)
        if kind in ("JPEG", "MPO"):
            return _encoded(rgb, "JPEG", quality=95, subsampling=0), "image/jpeg"
        return _encoded(rgb, "PNG", compress_level=1), "image/png"


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The opened image; whatever goes wrong with it inside the block is said as InputError."""
    try:
        if path.stat().st_size == 0:
            raise InputError("the file is empty", path)
        with Image.open(path, formats=FORMATS) as image:
            _check_pixels(image, path)
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


def _check_pixels(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MAX_PIXELS:
        limit = f"at most {MAX_PIXELS // 1_000_000} million pixels can be opened"
        raise InputError(f"the image is {image.width}x{image.height}; {limit}", path)


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

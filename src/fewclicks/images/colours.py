"""Conversion of libvips images to 8-bit RGB, equal to the pixels of `files.read_image`."""

import pyvips

from fewclicks.errors import InputError

SHOWN = ("b-w", "grey16", "srgb", "rgb", "rgb16", "multiband")
LARGEST_FLOAT = 3.4e38
Range = tuple[float, float]


def is_plain(image: pyvips.Image) -> bool:
    """Return whether the pixels are 8-bit gray or RGB."""
    return image.format == "uchar" and (image.bands, image.interpretation) in ((1, "b-w"), (3, "srgb"))


def is_stretched(image: pyvips.Image) -> bool:
    """Return whether the pixels are scaled by their minimum and maximum, which have to be computed first."""
    return image.bands == 1 and image.format != "uchar"


def value_range(image: pyvips.Image) -> Range:
    """Return the minimum and the maximum; reads the whole image."""
    statistics = _finite(image).stats()
    return float(statistics(0, 0)[0]), float(statistics(1, 0)[0])


def as_rgb(image: pyvips.Image, stretch: Range = (0.0, 0.0)) -> pyvips.Image:
    """Convert to three 8-bit bands, lazily. `stretch`: the values of black and white, if `is_stretched`.

    Raises InputError for unsupported kinds of pixels.
    """
    if is_stretched(image):
        image = _stretched(image, *stretch)
    elif image.format == "ushort":
        image = (image >> 8).cast("uchar")
    if image.format == "uchar" and image.interpretation == "cmyk" and image.bands == 4:
        image = _from_cmyk(image)
    if image.bands in (2, 4) and image.hasalpha():
        image = _on_white(image)
    if image.format != "uchar" or image.bands not in (1, 3) or image.interpretation not in SHOWN:
        pixels = f"{image.bands} channels of {image.format} ({image.interpretation})"
        raise InputError(f"{pixels} are not supported; convert the file to RGB")
    rgb = image.bandjoin([image, image]) if image.bands == 1 else image
    return rgb.copy(interpretation="srgb")


def _stretched(image: pyvips.Image, low: float, high: float) -> pyvips.Image:
    values = _finite(image)
    scaled = (values - low) * (255.0 / (high - low)) if high > low else values * 0
    return scaled.rint().cast("uchar").copy(interpretation="b-w")


def _finite(image: pyvips.Image) -> pyvips.Image:
    values = image.cast("double")
    if image.format not in ("float", "double"):
        return values
    return ((values == values) & (values.abs() <= LARGEST_FLOAT)).ifthenelse(values, 0)


def _from_cmyk(image: pyvips.Image) -> pyvips.Image:
    """Convert from CMYK as Pillow does, without a colour profile."""
    inks, light = image.extract_band(0, n=3), 255 - image.extract_band(3)
    return (light - (inks * light / 255).rint()).cast("uchar").copy(interpretation="srgb")


def _on_white(image: pyvips.Image) -> pyvips.Image:
    alpha, colours = image.extract_band(image.bands - 1), image.extract_band(0, n=image.bands - 1)
    return (colours * alpha / 255 + (255 - alpha)).rint().cast("uchar")

"""Every pixel of a large image is the one that `read_image` gives, whichever way its file is read."""

from pathlib import Path

import numpy as np
import pytest
import pyvips
from jaxtyping import UInt8
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.images import levels
from fewclicks.images.files import ORIENTATION, read_image
from fewclicks.images.large_image import LargeImage
from fewclicks.images.level_cache import LevelCache

SIZE_HW = (301, 420)


@pytest.fixture(autouse=True)
def coarsest(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a small image had many levels."""
    monkeypatch.setattr(levels, "COARSEST", 64)


def colours(size_hw: tuple[int, int] = SIZE_HW) -> UInt8[np.ndarray, "H W 3"]:
    """Smooth colours with noise, so that no two places are alike."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: size_hw[0], : size_hw[1]]
    smooth = np.stack([x * 255 / size_hw[1], y * 255 / size_hw[0], (x + y) % 256], axis=2)
    return np.clip(smooth + rng.normal(0, 12, (*size_hw, 3)), 0, 255).astype(np.uint8)


def opened(path: Path) -> LargeImage:
    cache = LevelCache(path.parent / "cache", 10**9)
    found = cache.find(path, path.name)
    if found is None:
        cache.make(path, path.name, lambda _part: None)
        found = cache.find(path, path.name)
    assert found is not None
    return found


def whole(image: LargeImage) -> UInt8[np.ndarray, "H W 3"]:
    height, width = image.size_hw
    return image.read(0, 0, width, height)


def saved(folder: Path, suffix: str, mode: str) -> Path:
    """A file whose pixels have this mode of Pillow."""
    path = folder / f"image.{suffix}"
    gray = colours()[..., 0]
    if mode == "I;16":
        Image.fromarray(gray.astype(np.uint16) * 150 + 900).save(path)
    elif mode == "F":
        values = gray.astype(np.float32) / 7
        values[3, 4:7] = (np.nan, np.inf, -np.inf)
        Image.fromarray(values).save(path)
    elif mode in ("RGBA", "LA"):
        image = Image.fromarray(colours()).convert(mode)
        image.putalpha(Image.fromarray(colours()[..., 1]))
        image.save(path)
    else:
        Image.fromarray(colours()).convert(mode).save(path)
    return path


MODES = {
    "png": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16"),
    "tif": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16", "F", "CMYK"),
    "jpg": ("RGB", "L", "CMYK"),
    "bmp": ("RGB", "P"),
    "webp": ("RGB", "RGBA"),
    "gif": ("P",),
}


@pytest.mark.parametrize(("suffix", "mode"), [(suffix, mode) for suffix, modes in MODES.items() for mode in modes])
def test_the_pixels_are_those_of_a_small_image(tmp_path: Path, suffix: str, mode: str) -> None:
    path = saved(tmp_path, suffix, mode)
    np.testing.assert_array_equal(whole(opened(path)), read_image(path))


def test_sixteen_bits_a_colour_keep_the_upper_eight(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    pyvips.Image.new_from_array(colours().astype(np.uint16) * 256 + 77, interpretation="rgb16").pngsave(str(path))
    np.testing.assert_array_equal(whole(opened(path)), colours())
    np.testing.assert_array_equal(read_image(path), colours())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "tiled.tif"])
def test_the_image_is_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    path = tmp_path / f"photo.{kind}"
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    if kind == "tiled.tif":
        image = pyvips.Image.new_from_array(colours())
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
        image.tiffsave(str(path), tile=True, compression="deflate")
    else:
        Image.fromarray(colours()).save(path, exif=exif)
    image = opened(path)
    expected = read_image(path)
    np.testing.assert_array_equal(whole(image), expected)
    for shrink in (2, 4):
        half = image.read(0, 0, expected.shape[1], expected.shape[0], shrink)
        assert np.abs(half.astype(int) - shrunk(expected, shrink)).mean() < 1


def shrunk(pixels: UInt8[np.ndarray, "H W 3"], factor: int) -> UInt8[np.ndarray, "h w 3"]:
    """Means of blocks; those at the right and lower border go on as the border does."""
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((0, -height % factor), (0, -width % factor), (0, 0)), "edge")
    blocks = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor, 3)
    return np.rint(blocks.mean((1, 3))).astype(np.uint8)


@pytest.mark.parametrize("shrink", [1, 2, 3, 4, 8, 11])
def test_a_region_at_any_scale_is_the_mean_of_its_pixels(tmp_path: Path, shrink: int) -> None:
    path = saved(tmp_path, "png", "RGB")
    part = opened(path).read(16, 24, 280, 200, shrink)
    expected = shrunk(colours()[24:200, 16:280], shrink)
    assert part.shape == expected.shape
    difference = part.astype(int) - expected
    assert abs(difference.mean()) < 0.2  # no level is brighter than another
    assert np.abs(difference).mean() < (2.5 if shrink in (3, 11) else 0.7)


def pyramid(path: Path, **options: object) -> Path:
    pyvips.Image.new_from_array(colours()).tiffsave(str(path), tile=True, tile_width=64, tile_height=64, **options)
    return path


@pytest.mark.parametrize("subifd", [False, True])
def test_a_pyramid_of_its_own_needs_nothing_in_the_cache(tmp_path: Path, subifd: bool) -> None:
    path = pyramid(tmp_path / "slide.tif", pyramid=True, subifd=subifd, compression="deflate")
    image = opened(path)
    assert not (tmp_path / "cache").exists()
    np.testing.assert_array_equal(whole(image), colours())
    assert np.abs(image.read(0, 0, 420, 301, 4).astype(int) - shrunk(colours(), 4)).mean() < 3


def test_of_a_tiled_file_only_coarser_levels_are_made(tmp_path: Path) -> None:
    image = opened(pyramid(tmp_path / "tiled.tif", compression="lzw"))
    assert sorted(file.name for file in (tmp_path / "cache" / "tiled.tif").iterdir()) == ["1.tif", "2.tif", "3.tif"]
    np.testing.assert_array_equal(whole(image), colours())


def slide(path: Path) -> Path:
    """As a scanner of slides writes it: levels of a quarter in tiles of JPEG, a thumbnail and a label in strips."""
    tiled = {"tile": True, "tile_width": 64, "tile_height": 64, "compression": "jpeg", "Q": 95}
    photo = pyvips.Image.new_from_array(colours((1203, 1680)))
    pages = [
        (photo, tiled),
        (photo.resize(0.2), {"compression": "jpeg"}),
        (photo.shrink(4, 4), tiled),
        (pyvips.Image.black(90, 80, bands=3).copy(interpretation="srgb"), {"compression": "lzw"}),
    ]
    from tifffile import TiffWriter

    with TiffWriter(path, bigtiff=False) as writer:
        for image, options in pages:
            in_tiles = (64, 64) if options is tiled else None
            writer.write(image.numpy(), photometric="rgb", tile=in_tiles, description="Aperio Image Library")
    return path


def test_a_slide_opens_by_its_own_levels(tmp_path: Path) -> None:
    path = slide(tmp_path / "slide.svs")
    image = opened(path)
    np.testing.assert_array_equal(whole(image), read_image(path))
    assert [level.scale for level in image._levels[:2]] == [1, pytest.approx(4, rel=0.01)]
    assert image.read(0, 0, 1680, 1203, 4).shape == (301, 420, 3)


def test_a_tiled_jpeg_in_tiff_has_the_pixels_that_pillow_reads(tmp_path: Path) -> None:
    path = pyramid(tmp_path / "slide.tif", compression="jpeg", Q=90)
    image = opened(path)
    assert image.header.lossy
    assert np.abs(whole(image).astype(int) - read_image(path)).max() <= 1


def test_too_much_at_full_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fewclicks.images import large_image as image

    monkeypatch.setattr(image, "MOST_READ", 10_000)
    photo = opened(saved(tmp_path, "png", "RGB"))
    assert photo.read(0, 0, 420, 301, 4).shape == (76, 105, 3)
    with pytest.raises(InputError, match=r"image\.png: the area 420x301 exceeds .* pixels; read a smaller one"):
        photo.read(0, 0, 420, 301)


def test_pixels_that_have_no_rendering_are_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.tif"
    stack = np.zeros((60, 70, 3), np.float32)
    pyvips.Image.new_from_array(stack).tiffsave(str(path), tile=True)
    with pytest.raises(InputError, match=r"odd\.tif: "):
        opened(path)

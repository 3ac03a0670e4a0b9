from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.images import files as image_files
from fewclicks.images.files import is_large, read_for_browser, read_image, read_size_hw, read_thumbnail

from .pictures import picture

UPRIGHT = np.asarray(picture())
GRAY = np.asarray(picture().convert("L"))
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}  # how a camera holding the image that way has stored it


@pytest.mark.parametrize("orientation", TURNS)
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](UPRIGHT)))
    exif = Image.Exif()
    exif[image_files.ORIENTATION] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "photo.png"), UPRIGHT)
    assert read_size_hw(tmp_path / "photo.png") == UPRIGHT.shape[:2]


@pytest.mark.parametrize("band", [1, 150, 1000, 10**6])
def test_an_image_larger_than_a_band_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, band: int) -> None:
    monkeypatch.setattr(image_files, "BAND", band)
    picture().save(tmp_path / "photo.png")
    out = read_image(tmp_path / "photo.png")
    np.testing.assert_array_equal(out, UPRIGHT)
    assert out.flags.writeable


MODES = {
    "png": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16"),
    "tif": ("RGB", "RGBA", "P", "L", "LA", "1", "I;16", "CMYK", "YCbCr"),
    "jpg": ("RGB", "L", "1", "CMYK", "YCbCr"),
}


@pytest.mark.parametrize(("suffix", "mode"), [(suffix, mode) for suffix, modes in MODES.items() for mode in modes])
def test_every_mode_becomes_rgb_of_the_same_size(tmp_path: Path, suffix: str, mode: str) -> None:
    path = tmp_path / f"image.{suffix}"
    image = Image.fromarray(GRAY.astype(np.uint16) * 200) if mode == "I;16" else picture().convert(mode)
    image.save(path)
    out = read_image(path)
    assert (out.shape, out.dtype) == (UPRIGHT.shape, np.uint8)
    assert read_size_hw(path) == UPRIGHT.shape[:2]


def test_cmyk_keeps_its_colours(tmp_path: Path) -> None:
    picture().convert("CMYK").save(tmp_path / "print.jpg", quality=100, subsampling=0)
    assert np.abs(read_image(tmp_path / "print.jpg").astype(int) - UPRIGHT).mean() < 6


def test_sixteen_bit_gray_is_stretched_from_its_own_range(tmp_path: Path) -> None:
    values = np.linspace(1000, 3000, 48 * 64).reshape(48, 64).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "scan.png")
    out = read_image(tmp_path / "scan.png")
    expected = np.rint((values - 1000.0) * (255 / 2000)).astype(np.uint8)
    np.testing.assert_array_equal(out, np.repeat(expected[..., None], 3, axis=2))


def test_sixteen_bit_gray_of_one_value_is_black(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 5), 700, np.uint16)).save(tmp_path / "flat.png")
    assert not read_image(tmp_path / "flat.png").any()


def test_floating_point_with_nan_is_read(tmp_path: Path) -> None:
    values = np.array([[0.0, 1.0], [np.nan, 0.5]], np.float32)
    Image.fromarray(values).save(tmp_path / "depth.tif")
    assert read_image(tmp_path / "depth.tif")[..., 0].tolist() == [[0, 255], [0, 128]]


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:2] = (10, 20, 30, 255)
    Image.fromarray(rgba).save(tmp_path / "logo.png")
    out = read_image(tmp_path / "logo.png")
    assert (out[:2] == (10, 20, 30)).all()
    assert (out[2:] == 255).all()


def test_of_an_animation_the_first_frame_counts(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    assert (read_image(tmp_path / "film.gif") == (255, 0, 0)).all()


def test_the_answer_may_be_written_to(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png")
    read_image(tmp_path / "a.png")[:] = 0
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), UPRIGHT)


def test_reading_never_alters_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture().save(path)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    for read in (read_image, read_size_hw, read_thumbnail, read_for_browser):
        read(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def _text(path: Path) -> None:
    path.write_text("this is not an image")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    picture(size_hw=(200, 300)).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:4000])


def _broken_png(path: Path) -> None:
    picture(size_hw=(200, 300)).save(path, "PNG")
    data = bytearray(path.read_bytes())
    data[2000:2100] = bytes(100)
    path.write_bytes(data)


def _header_only(path: Path) -> None:
    picture().save(path, "PNG")
    path.write_bytes(path.read_bytes()[:40])


def _absent(path: Path) -> None:
    path.unlink(missing_ok=True)


def _folder(path: Path) -> None:
    path.mkdir()


def _svg(path: Path) -> None:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')


def _huge(path: Path) -> None:
    Image.new("1", (30_000, 10_000)).save(path, "PNG")


Damage = Callable[[Path], None]
UNREADABLE: list[tuple[Damage, str]] = [
    (_text, "not an image"),
    (_empty, "empty"),
    (_header_only, "not an image"),
    (_absent, "file not found"),
    (_folder, "cannot read the image: Is a directory"),
    (_svg, "not an image"),
    (_huge, "30000x10000 pixels; use at most 100 million pixels"),
]
DECODING: list[tuple[Damage, str]] = [(_truncated, "cannot read the image"), (_broken_png, "cannot read the image")]


@pytest.mark.parametrize(
    ("read", "damage", "says"),
    [(read, *case) for read in (read_image, read_thumbnail) for case in (*UNREADABLE, *DECODING)]
    + [(read_for_browser, *case) for case in UNREADABLE]
    + [(read_size_hw, *case) for case in UNREADABLE if case[0] is not _huge],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(
    tmp_path: Path, read: Callable[[Path], object], damage: Damage, says: str
) -> None:
    path = tmp_path / "photo.png"
    damage(path)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_thirty_thousand_pixels_wide_can_be_opened(tmp_path: Path) -> None:
    Image.new("L", (30_000, 50), 7).save(tmp_path / "strip.png")
    assert read_image(tmp_path / "strip.png").shape == (50, 30_000, 3)


@pytest.mark.parametrize(("suffix", "in_parts"), [("png", True), ("tif", True), ("jpg", True), ("bmp", False)])
def test_what_can_be_read_in_parts_may_be_larger(tmp_path: Path, suffix: str, in_parts: bool) -> None:
    path = tmp_path / f"huge.{suffix}"
    Image.new("L", (30_000, 3_500)).save(path)
    if in_parts:
        assert read_size_hw(path) == (3_500, 30_000)
    else:
        with pytest.raises(
            InputError, match="30000x3500 pixels; use at most 100 million pixels, or a larger JPEG, PNG"
        ):
            read_size_hw(path)


def test_a_progressive_jpeg_is_read_at_once_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    Image.new("L", (30_000, 3_500)).save(path, progressive=True)
    with pytest.raises(InputError, match="not progressive"):
        read_size_hw(path)


def test_even_in_parts_there_is_an_end(tmp_path: Path) -> None:
    path = tmp_path / "endless.png"
    Image.new("1", (30_000, 10), 1).save(path)
    content = bytearray(path.read_bytes())
    content[20:24] = (2_000_000).to_bytes(4, "big")
    content[29:33] = crc32(content[12:29]).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"30000x2000000 pixels; use at most 4294 million pixels$"):
        read_size_hw(path)


@pytest.mark.parametrize(
    ("size_hw", "large"), [((5_000, 6_000), False), ((5_001, 6_000), True), ((50, 30_000), True), ((50, 16_000), False)]
)
def test_many_pixels_or_a_long_side_make_an_image_large(size_hw: tuple[int, int], large: bool) -> None:
    assert is_large(size_hw) == large


def test_thumbnails_are_small_upright_jpegs(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[image_files.ORIENTATION] = 6
    picture(size_hw=(300, 600)).save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "small.jpg").write_bytes(read_thumbnail(tmp_path / "a.jpg"))
    with Image.open(tmp_path / "small.jpg") as small:
        assert (small.format, small.size) == ("JPEG", (80, 160))


def test_the_browser_gets_plain_files_as_they_are(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg")
    assert read_for_browser(tmp_path / "a.jpg") == ((tmp_path / "a.jpg").read_bytes(), "image/jpeg")


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_the_browser_gets_sixteen_bits_as_png(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(GRAY.astype(np.uint16)).save(path)
    content, media_type = read_for_browser(path)
    (tmp_path / "out.png").write_bytes(content)
    assert media_type == "image/png"
    np.testing.assert_array_equal(read_image(tmp_path / "out.png"), read_image(path))


def test_the_browser_gets_a_turned_photo_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[image_files.ORIENTATION] = 6
    picture().save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "out.jpg").write_bytes(read_for_browser(tmp_path / "a.jpg")[0])
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.size == (48, 64)
        assert out.getexif().get(image_files.ORIENTATION, 1) == 1

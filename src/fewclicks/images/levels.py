"""The levels of a large image, finest first: those of a tiled file, and computed ones in a cache folder."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from jaxtyping import UInt8

from fewclicks.images.colours import as_rgb, is_plain, is_stretched, value_range
from fewclicks.images.files import Header, read_header, read_image
from fewclicks.images.vips import reading

COARSEST = 1024  # pixels of the longer side of the coarsest level
TILE = 256  # pixels a side in computed files
NEAR = (1.5, 4.1)  # limits of the scale between consecutive levels of a file
SAME_SHAPE = 0.01

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Source:
    """The file of a large image, with its `own` levels, finest first, if it is tiled."""

    path: Path
    header: Header
    own: tuple[pyvips.Image, ...]


def open_source(path: Path) -> Source:
    """Open the file. Raises InputError if it cannot be read."""
    header = read_header(path)
    if header.kind != "TIFF":
        return Source(path, header, ())
    with reading(path):
        return Source(path, header, tuple(_upright(page, header.orientation) for page in _tiled_pages(path)))


@dataclass(frozen=True, slots=True)
class Level:
    """The upright RGB image at one size: `scale` x `scale` pixels of the finest level are one pixel."""

    image: pyvips.Image
    scale: float


def find_levels(source: Source, folder: Path) -> tuple[Level, ...] | None:
    """Return all levels, missing ones of the file from `folder`; None if some are missing. Raises InputError."""

    def stored(number: int, _finer: pyvips.Image | None) -> pyvips.Image | None:
        path = folder / f"{number}.tif"
        return _made(source, number, path) if path.is_file() else None

    with reading(folder):
        levels = tuple(_chain(source, stored))
    return levels if levels and not _is_finer_than_needed(levels[-1].image) else None


def make_levels(source: Source, folder: Path, progress: Progress) -> None:
    """Write the levels that the file lacks into `folder`, which exists.

    progress: called with 0..1; its errors end the work. Raises the errors of libvips for a file that cannot be read or
    written; the caller removes incomplete files.
    """
    pixels = source.header.size_hw[0] * source.header.size_hw[1]
    done = 0.0

    def made(number: int, finer: pyvips.Image | None) -> pyvips.Image:
        nonlocal done
        path = folder / f"{number}.tif"
        image = _halved(finer) if finer is not None else _from_top_to_bottom(source)
        start, share = done, 0.75 * image.width * image.height / pixels
        _save(image, path, lambda part: progress(min(start + share * part, 1.0)))
        done += share
        return _made(source, number, path)

    for _ in _chain(source, made):
        pass
    progress(1.0)


def read_small(source: Source, side: int) -> UInt8[np.ndarray, "h w 3"]:
    """Return the upright image, `side` to about 2 * `side` pixels long, without computed levels.

    Reads the whole file if it has no smaller levels. Raises InputError.
    """
    with reading(source.path):
        image = source.own[-1] if source.own else _from_top_to_bottom(source, for_side=side)
        factor = max(1, max(image.width, image.height) // (2 * side))
        small = image.shrink(factor, factor, ceil=True).copy_memory()
        turn = source.header.orientation if source.header.in_parts and not source.own else 1
        return _upright(small, turn).numpy()


def _chain(source: Source, made: Callable[[int, pyvips.Image | None], pyvips.Image | None]) -> Iterator[Level]:
    """Yield levels until one is coarse enough, each about half as large as the one before."""
    image, scale, number = source.own[0] if source.own else made(0, None), 1.0, 0
    while image is not None:
        yield Level(image, scale)
        if not _is_finer_than_needed(image):
            return
        finer, number = image, number + 1
        image = next((own for own in source.own if NEAR[0] <= finer.width / own.width <= NEAR[1]), None)
        scale = scale * 2 if image is None else source.own[0].width / image.width
        image = image or made(number, finer)


def _is_finer_than_needed(image: pyvips.Image) -> bool:
    return max(image.width, image.height) > COARSEST


def _open(path: Path, **where: int) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(path), access="random", fail_on="error", **where)


def _tiled_pages(path: Path) -> Iterator[pyvips.Image]:
    """Yield the tiled pages and sub-images of a TIFF that show the same image, finest first."""
    first = _open(path)
    if not _is_readable_anywhere(first):
        return
    yield first
    others = [{"page": page} for page in range(1, _field(first, "n-pages", 1))]
    others += [{"subifd": number} for number in range(_field(first, "n-subifds", 0))]
    smaller = []
    for where in others:
        with suppress(pyvips.Error):  # a page that cannot be read is not needed
            page = _open(path, **where)
            shape = page.width * first.height / (page.height * first.width)
            if page.width < first.width and abs(shape - 1) < SAME_SHAPE and _is_readable_anywhere(page):
                smaller.append(page)
    yield from sorted(smaller, key=lambda page: -int(page.width))


def _is_readable_anywhere(image: pyvips.Image) -> bool:
    return "tile-width" in image.get_fields() and is_plain(image)


def _field(image: pyvips.Image, name: str, default: Any) -> Any:
    return image.get(name) if name in image.get_fields() else default


def _made(source: Source, number: int, path: Path) -> pyvips.Image:
    """Open a computed level; only the finest may need rotation, because libvips cannot rotate sequential reads."""
    return _upright(_open(path), source.header.orientation if number == 0 and source.header.in_parts else 1)


def _upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Convert to upright RGB, lazily."""
    own = image.copy()
    own.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return as_rgb(own.autorot())


def _from_top_to_bottom(source: Source, for_side: int = 0) -> pyvips.Image:
    """Open the image as RGB without rotation for one sequential read, at a reduced size if `for_side` allows."""
    if not source.header.in_parts:
        return pyvips.Image.new_from_array(read_image(source.path), interpretation="srgb")
    smaller = source.header.kind in ("JPEG", "MPO") and 0 < 8 * for_side <= max(source.header.size_hw)
    options = {"shrink": 8} if smaller else {}

    def opened() -> pyvips.Image:
        return pyvips.Image.new_from_file(str(source.path), access="sequential", fail_on="error", **options)

    image = opened()
    return as_rgb(image, value_range(opened())) if is_stretched(image) else as_rgb(image)


def _halved(image: pyvips.Image) -> pyvips.Image:
    """Average 2x2 pixels, rounded to nearest; the rounding of libvips would make each level brighter."""
    return image.cast("float").shrink(2, 2, ceil=True).rint().cast("uchar")


def _save(image: pyvips.Image, path: Path, progress: Progress) -> None:
    stopped: list[BaseException] = []

    def report(_image: pyvips.Image, state: Any) -> None:
        try:
            progress(state.percent / 100)
        except BaseException as error:  # errors cannot pass through libvips
            stopped.append(error)
            image.set_kill(True)

    image.set_progress(True)
    image.signal_connect("eval", report)
    try:
        image.tiffsave(
            str(path), tile=True, tile_width=TILE, tile_height=TILE, compression="none", bigtiff=True, keep="none"
        )
    except pyvips.Error:
        if stopped:
            raise stopped[0] from None
        raise

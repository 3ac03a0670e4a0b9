"""Overlapping tiles of a large image: where they lie, and in which order they answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.detect.inference.prompts import Shown, points
from fewclicks.prompts import XYXY, BoxPrompt

MOST_IN_VIEW = 9  # tiles in view that are answered first; a view of more tiles is too coarse to see objects in it

Tile = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the image


@dataclass(frozen=True, slots=True, eq=False)
class TiledImage:
    """A large image and its tiles, row by row; `key` distinguishes their encodings from those of other images."""

    image: ImageSource
    tiles: tuple[Tile, ...]
    key: object

    def nearest(self, x: float, y: float) -> int:
        """Return the tile whose centre is nearest to a point."""
        centres = np.array([((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in self.tiles])
        return int(np.abs(centres - (x, y)).max(1).argmin())

    def within(self, number: int, shown: Sequence[Shown]) -> list[Shown]:
        """Return the clicks on pixels of a tile and the boxes wholly inside.

        A click on the far border of the image is on the last pixel.
        """
        return [each for each in shown if _holds(self.tiles[number], each, size_of(self.image))]

    def in_view(self, view: XYXY | None) -> frozenset[int]:
        """Return the tiles that the window shows; none when it shows more than MOST_IN_VIEW."""
        seen = [] if view is None else [number for number, tile in enumerate(self.tiles) if meets(tile, view)]
        return frozenset(seen if len(seen) <= MOST_IN_VIEW else [])

    def nearest_first(self, new: Sequence[Shown], view: XYXY | None, shown: Sequence[Shown]) -> list[int]:
        """Return tiles with new prompts, then those in view, then others by the distance to the view or last prompt."""
        x, y = points(shown)[-1].tolist() if shown else (0.0, 0.0)
        left, top, right, bottom = view if view is not None else (x, y, x, y)

        def order(number: int) -> tuple[bool, float, float]:
            x0, y0, x1, y1 = self.tiles[number]
            outside = max(left - x1, x0 - right, 0) + max(top - y1, y0 - bottom, 0)
            from_middle = abs(x0 + x1 - left - right) + abs(y0 + y1 - top - bottom)
            return not self.within(number, new), outside, from_middle

        return sorted(range(len(self.tiles)), key=order)


def tiles_of(size_hw: tuple[int, int], side: int, overlap: int) -> tuple[Tile, ...]:
    """Return tiles of `side` pixels that overlap by at least `overlap`, row by row."""
    height, width = size_hw
    rows, columns = (_starts(length, side, overlap) for length in size_hw)
    return tuple((x, y, min(x + side, width), min(y + side, height)) for y in rows for x in columns)


def meets(tile: Tile, view: XYXY) -> bool:
    """Whether the window shows a part of the tile."""
    return tile[0] < view[2] and view[0] < tile[2] and tile[1] < view[3] and view[1] < tile[3]


def _holds(tile: Tile, shown: Shown, size_hw: tuple[int, int]) -> bool:
    x0, y0, x1, y1 = tile
    if isinstance(shown, BoxPrompt):
        return x0 <= shown.x0 and y0 <= shown.y0 and shown.x1 <= x1 and shown.y1 <= y1
    height, width = size_hw
    return x0 <= min(shown.x, width - 1) < x1 and y0 <= min(shown.y, height - 1) < y1


def _starts(length: int, side: int, overlap: int) -> list[int]:
    """Return where tiles begin; the last one ends at the border, so that all have one size."""
    step = side - overlap
    return [min(start, max(length - side, 0)) for start in range(0, max(length - overlap, 1), step)]

"""`detect` on images too large to be read at once, in memory or not: any detector, tile by tile, its answers put
together.

c3det's authors cut large images into overlapping tiles and merge what is found by suppression. Here the tiles share
the clicks too: what was clicked in one is looked for in all.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from fewclicks.cache import BoundedCache
from fewclicks.images.source import ImageSource, RegionReader, read_region, size_of
from fewclicks.methods.detect.inference.correlation import joined
from fewclicks.methods.detect.inference.detections import Detections, Detector, Templates, same_templates
from fewclicks.methods.detect.inference.merging import Tile, merged
from fewclicks.methods.detect.inference.prompts import check_clicks
from fewclicks.methods.detect.inference.reading import is_read_in_parts
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick

SIDE = 1024  # pixels of a tile's side
OVERLAP = 256  # pixels that neighbours share: objects up to this size are whole in one of them
STORE_BYTES = 1 << 30
MOST_IN_VIEW = 9  # tiles that are answered before anything else; whoever sees more sees no objects
MOST_AHEAD = 20  # tiles that are encoded before anything is clicked: those of a large screen at full size

Box = tuple[float, float, float, float]


@runtime_checkable
class Store(Protocol):
    """Where encodings of tiles are kept; those that it drops are made again."""

    def get(self, key: Hashable, /) -> Encoding | None: ...

    def put(self, key: Hashable, value: Encoding, nbytes: int, /) -> None: ...

    def put_if_room(self, key: Hashable, value: Encoding, nbytes: int, /) -> None:
        """Nothing else is dropped for it."""
        ...


@dataclass(frozen=True)
class TiledImage:
    """A large image and its tiles, row by row; `key` tells their encodings from those of other images."""

    image: ImageSource
    tiles: tuple[Tile, ...]
    key: object


@dataclass(frozen=True)
class Answered:
    """What tiles answered to these clicks and templates, in pixels of the image.

    looks: a template of each click. earlier: what tiles answered before, to be shown until they answer again.
    """

    clicks: tuple[ClassClick, ...]
    templates: Templates
    looks: tuple[Templates, ...]
    by_tile: Mapping[int, Detections]
    earlier: Mapping[int, Detections]

    def is_for(self, clicks: Sequence[ClassClick], templates: Templates) -> bool:
        """Whether nothing else was asked."""
        return self.clicks == tuple(clicks) and same_templates(self.templates, templates)


class TiledDetector:
    """A detector for images of any size. Those that are read at once are the given detector's own business."""

    def __init__(
        self, detector: Detector, store: Store | None = None, side: int = SIDE, overlap: int = OVERLAP
    ) -> None:
        """`store` is by default one of its own, of STORE_BYTES."""
        self.detector = detector
        self.name, self.weights, self.class_names = detector.name, detector.weights, detector.class_names
        self._store: Store = BoundedCache(STORE_BYTES) if store is None else store
        self._side, self._overlap = side, overlap

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        """See `Detector.encode`; of an image that is read in parts the tiles are encoded when they are first asked."""
        return self._tiled(image, object()) if is_read_in_parts(size_of(image)) else self.detector.encode(image)

    def encode_large(self, image: RegionReader) -> Encoding:
        """The same of an image that is not in memory."""
        return self._tiled(image, image)

    def _tiled(self, image: ImageSource, key: object) -> Encoding:
        height, width = size_hw = size_of(image)
        rows, columns = (_starts(length, self._side, self._overlap) for length in (height, width))
        side = self._side
        tiles = tuple((x, y, min(x + side, width), min(y + side, height)) for y in rows for x in columns)
        return Encoding(size_hw, TiledImage(image, tiles, key), 0)

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        """What the whole image holds; all tiles answer. See `Detector.respond`."""
        return self.put_together(encoding, self.advance(encoding, clicks, previous, templates, lambda: False))

    def advance(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None,
        templates: Templates | None,
        enough: Callable[[], bool],
        view: Box | None = None,
    ) -> Detections:
        """On the way to what `respond` says: tiles with new clicks and those in `view` answer, then others until it is
        `enough`.

        The others come by how near they are to the view or to the last click; what they said in `previous` stands
        until then. With a `previous` that is an answer to the same clicks and templates, at least one more tile
        answers; see `tiles_answered`. Of a large image no boxes are seen before `put_together`.
        """
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return self.detector.respond(encoding, clicks, previous, templates)
        check_clicks(clicks, encoding.size_hw, None)
        templates = {} if templates is None else templates
        kept = previous.kept if previous is not None else None
        before = kept if isinstance(kept, Answered) else Answered((), {}, (), {}, {})
        asked = before if before.is_for(clicks, templates) else self._asked(tiled, clicks, templates, before)
        new = [click for click in clicks if click not in before.clicks]
        by_tile, seen = dict(asked.by_tile), self.tiles_in_view(encoding, view)
        for number in _nearest_first(tiled, new, view, clicks):
            if number in by_tile:
                continue
            at_once = number in seen or bool(_within(tiled, number, new))
            if len(by_tile) > len(asked.by_tile) and not at_once and enough():
                break
            by_tile[number] = self._answer(tiled, number, asked, at_once)
        return replace(merged([], encoding.size_hw), kept=replace(asked, by_tile=by_tile))

    def put_together(self, encoding: Encoding, found: Detections) -> Detections:
        """The boxes of all tiles that answered so far, each object once; the more tiles, the longer that takes."""
        tiled, kept = encoding.data, found.kept
        if not isinstance(tiled, TiledImage) or not isinstance(kept, Answered):
            return found
        answers = {**kept.earlier, **kept.by_tile}
        boxes = merged([(tiled.tiles[number], answers[number]) for number in sorted(answers)], encoding.size_hw)
        return replace(boxes, kept=kept)

    def remembered(self, encoding: Encoding, found: Detections) -> Detections | None:
        """Boxes of an earlier answer to a large image, as a `previous`: they are shown until their tiles answer again.

        A box belongs to the tile of which its centre is nearest to the middle. None for a small image.
        """
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return None
        of_tile = np.array([_nearest(tiled, x, y) for x, y in found.boxes[:, :2].tolist()], np.int64)
        earlier = {number: found.where(of_tile == number) for number in np.unique(of_tile).tolist()}
        return replace(found, kept=Answered((), {}, (), {}, earlier))

    def tiles_answered(self, encoding: Encoding, found: Detections | None) -> tuple[frozenset[int], int]:
        """Which tiles `found` is made of, and how many there are; a small image is a single one."""
        if not isinstance(encoding.data, TiledImage):
            return frozenset([0] if found is not None else []), 1
        kept = found.kept if found is not None else None
        return frozenset(kept.by_tile if isinstance(kept, Answered) else []), len(encoding.data.tiles)

    def tiles_in_view(self, encoding: Encoding, view: Box | None) -> frozenset[int]:
        """The tiles of a large image that `view` shows; none when it shows many."""
        if view is None or not isinstance(encoding.data, TiledImage):
            return frozenset()
        seen = [number for number, tile in enumerate(encoding.data.tiles) if _meets(tile, view)]
        return frozenset(seen if len(seen) <= MOST_IN_VIEW else [])

    def ahead(self, encoding: Encoding, view: Box) -> list[Callable[[], object]]:
        """What encodes the tiles of a large image that `view` shows before somebody clicks there, one by one from its
        middle outwards; nothing when it shows many.
        """
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return []
        seen = [number for number in _nearest_first(tiled, [], _middle(view), []) if _meets(tiled.tiles[number], view)]
        return [partial(self._encoded, tiled, number, True) for number in seen] if len(seen) <= MOST_AHEAD else []

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """See `Detector.templates`; a click is seen in the tile of which it is nearest to the middle."""
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return self.detector.templates(encoding, clicks)
        check_clicks(clicks, encoding.size_hw, None)
        return _joined([self._look(tiled, click) for click in clicks])

    def _asked(
        self, tiled: TiledImage, clicks: Sequence[ClassClick], templates: Templates, before: Answered
    ) -> Answered:
        """A new question, which no tile has answered yet."""
        known = dict(zip(before.clicks, before.looks, strict=True))
        looks = tuple(known.get(click) or self._look(tiled, click) for click in clicks)
        earlier = {**before.earlier, **before.by_tile} if clicks or templates else {}
        return Answered(tuple(clicks), templates, looks, {}, earlier)

    def _answer(self, tiled: TiledImage, number: int, asked: Answered, near: bool) -> Detections:
        x0, y0, _, _ = tiled.tiles[number]
        own = _within(tiled, number, asked.clicks)
        elsewhere = [look for click, look in zip(asked.clicks, asked.looks, strict=True) if click not in own]
        others = _joined([asked.templates, *elsewhere])
        found = self.detector.respond(self._encoded(tiled, number, near), _moved(own, -x0, -y0), None, others)
        return Detections(found.boxes + np.array([x0, y0, 0, 0, 0.0]), found.scores, found.class_ids)

    def _look(self, tiled: TiledImage, click: ClassClick) -> Templates:
        number = _nearest(tiled, click.x, click.y)
        x0, y0, _, _ = tiled.tiles[number]
        return self.detector.templates(self._encoded(tiled, number, near=True), _moved([click], -x0, -y0))

    def _encoded(self, tiled: TiledImage, number: int, near: bool) -> Encoding:
        """Far tiles, of which there are many, take no room from those that a person works on."""
        key = (tiled.key, self.weights, number)
        encoding = self._store.get(key)
        if encoding is None:
            pixels = read_region(tiled.image, tiled.tiles[number])
            if isinstance(tiled.image, np.ndarray):
                pixels = pixels.copy()  # a view would keep the whole image
            encoding = self.detector.encode(pixels)
            (self._store.put if near else self._store.put_if_room)(key, encoding, encoding.nbytes)
        return encoding


def _starts(length: int, side: int, overlap: int) -> list[int]:
    """Where tiles begin, the last one at the border, so that all are of one size."""
    step = side - overlap
    return [min(start, max(length - side, 0)) for start in range(0, max(length - overlap, 1), step)]


def _nearest(tiled: TiledImage, x: float, y: float) -> int:
    """The tile of which a place is nearest to the middle."""
    centres = np.array([((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in tiled.tiles])
    return int(np.abs(centres - (x, y)).max(1).argmin())


def _within(tiled: TiledImage, number: int, clicks: Sequence[ClassClick]) -> list[ClassClick]:
    """The clicks on pixels of a tile; one on the far border of the image is on the last pixel."""
    x0, y0, x1, y1 = tiled.tiles[number]
    height, width = size_of(tiled.image)
    at = [(min(click.x, width - 1), min(click.y, height - 1)) for click in clicks]
    return [click for click, (x, y) in zip(clicks, at, strict=True) if x0 <= x < x1 and y0 <= y < y1]


def _middle(view: Box) -> Box:
    x, y = (view[0] + view[2]) / 2, (view[1] + view[3]) / 2
    return x, y, x, y


def _meets(tile: Tile, view: Box) -> bool:
    return tile[0] < view[2] and view[0] < tile[2] and tile[1] < view[3] and view[1] < tile[3]


def _moved(clicks: Sequence[ClassClick], dx: int, dy: int) -> list[ClassClick]:
    return [replace(click, x=click.x + dx, y=click.y + dy) for click in clicks]


def _joined(templates: Sequence[Templates]) -> Templates:
    every: Templates = {}
    for each in templates:
        every = joined(every, each)
    return every


def _nearest_first(
    tiled: TiledImage, new: Sequence[ClassClick], view: Box | None, clicks: Sequence[ClassClick]
) -> list[int]:
    """Tiles with new clicks, then those in view, then the others by how far they are from there or the last click."""
    x, y = (clicks[-1].x, clicks[-1].y) if clicks else (0.0, 0.0)
    left, top, right, bottom = view if view is not None else (x, y, x, y)

    def order(number: int) -> tuple[bool, float, float]:
        x0, y0, x1, y1 = tiled.tiles[number]
        outside = max(left - x1, x0 - right, 0) + max(top - y1, y0 - bottom, 0)
        from_middle = abs(x0 + x1 - left - right) + abs(y0 + y1 - top - bottom)
        return not _within(tiled, number, new), outside, from_middle

    return sorted(range(len(tiled.tiles)), key=order)

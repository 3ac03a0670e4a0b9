"""`detect` for images of any size: a large image is read and answered tile by tile, and the answers are merged.

c3det's authors cut large images into overlapping tiles and merge the boxes by suppression. Here the tiles share the
clicks too: objects like those clicked in one tile are found in all.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic

import numpy as np

from fewclicks.answers import BoxesAnswer
from fewclicks.cache import BoundedCache
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.methods.detect.inference.large.merging import merged
from fewclicks.methods.detect.inference.large.tiles import TiledImage, meets, tiles_of
from fewclicks.methods.detect.inference.prompts import (
    Shown,
    checked,
    moved,
    points,
    same_examples,
    templates_of,
    within,
)
from fewclicks.methods.detect.inference.reading import is_read_in_parts
from fewclicks.model import COMPLETE, LOWEST_SCORE, E, Encoding, M, Model, ModelInfo, Options, Response
from fewclicks.prompts import XYXY, Example, Prompt, Prompts

SIDE = 1024  # pixels of a tile's side
OVERLAP = 256  # pixels that neighbours share: objects up to this size are whole in one of them
CACHE_BYTES = 1 << 30
MOST_AHEAD = 20  # tiles that are encoded before the first click: those of a large screen at full size


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The answers of tiles to these prompts, in pixels of the image.

    looks: the examples made of each prompt. by_tile: what tiles answered. earlier: what tiles answered to other
    prompts, shown until they answer again.
    """

    shown: tuple[Shown, ...] = ()
    examples: tuple[Example, ...] = ()
    lowest_score: float = LOWEST_SCORE
    looks: tuple[tuple[Example, ...], ...] = ()
    by_tile: Mapping[int, BoxesAnswer] = field(default_factory=dict)
    earlier: Mapping[int, BoxesAnswer] = field(default_factory=dict)

    def is_for(self, shown: tuple[Shown, ...], examples: tuple[Example, ...], lowest_score: float) -> bool:
        """Whether these are answers to exactly these prompts."""
        same = self.shown == shown and self.lowest_score == lowest_score
        return same and same_examples(self.examples, examples)

    @property
    def nbytes(self) -> int:
        answers = sum(each.nbytes for each in (*self.by_tile.values(), *self.earlier.values()))
        return answers + sum(each.nbytes for each in (*self.examples, *(one for look in self.looks for one in look)))


class TiledModel(Model[E | TiledImage, BoxesAnswer, M | Answered], Generic[E, M]):
    """A model for images of any size around one for images that are read at once, which answers small images."""

    def __init__(
        self,
        model: Model[E, BoxesAnswer, M],
        cache_bytes: int = CACHE_BYTES,
        side: int = SIDE,
        overlap: int = OVERLAP,
    ) -> None:
        """`cache_bytes` bounds the encodings of tiles, which are made again when they were dropped."""
        self._model = model
        self._cache: BoundedCache[tuple[object, int], Encoding[E]] = BoundedCache(cache_bytes)
        self._side, self._overlap = side, overlap

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    def encode(self, image: ImageSource) -> Encoding[E | TiledImage]:
        """See `Model.encode`. The tiles of a large image are encoded when they are first asked."""
        size_hw, in_memory = size_of(image), isinstance(image, np.ndarray)
        if in_memory and not is_read_in_parts(size_hw):
            whole = self._model.encode(image)
            return Encoding(whole.size_hw, whole.data, whole.nbytes)
        tiles = tiles_of(size_hw, self._side, self._overlap)
        return Encoding(size_hw, TiledImage(image, tiles, object() if in_memory else image), 0)

    def respond(
        self,
        encoding: Encoding[E | TiledImage],
        prompts: Prompts,
        previous: Response[BoxesAnswer, M | Answered] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, M | Answered]:
        """See `Model.respond`. Of a large image, tiles with new clicks and tiles in view answer first.

        Other tiles follow by their distance to the view or the last click, until `options.seconds` are over; at least
        one more tile answers in each call. Merging takes long when there are thousands of boxes, so an incomplete
        answer stays the previous one until tiles in view or twice as many tiles as before have answered.
        """
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return self._respond_at_once(Encoding(encoding.size_hw, tiled, encoding.nbytes), prompts, previous, options)
        shown = checked(prompts.all, encoding.size_hw, self.info)
        templates_of(prompts.examples, self.info)
        before = _answered(tiled, previous)
        is_same = before.is_for(shown, prompts.examples, options.lowest_score)
        asked = before if is_same else self._asked(tiled, shown, prompts.examples, options, before)
        new = [each for each in shown if each not in before.shown]
        memo = self._advanced(tiled, asked, new, options)
        progress = len(memo.by_tile) / len(tiled.tiles)
        if previous is not None and _shows_nothing_new(tiled, asked, memo, options.view):
            answer = previous.answer
        else:
            answer = _merged(tiled, memo)
        return Response(answer, memo, progress, answer.nbytes + memo.nbytes)

    def examples(self, encoding: Encoding[E | TiledImage], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """See `Model.examples`. A click in a large image is read in the tile whose centre is nearest to it."""
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return self._model.examples(Encoding(encoding.size_hw, tiled, encoding.nbytes), prompts)
        shown = checked(prompts, encoding.size_hw, self.info)
        return tuple(example for each in shown for example in self._look(tiled, each))

    def ahead(self, encoding: Encoding[E | TiledImage], view: XYXY) -> Sequence[Callable[[], object]]:
        """Return tasks that encode the tiles of a large image in `view`, from its centre outwards.

        There are none when the view shows more than MOST_AHEAD tiles.
        """
        tiled = encoding.data
        if not isinstance(tiled, TiledImage):
            return []
        x, y = (view[0] + view[2]) / 2, (view[1] + view[3]) / 2
        seen = [number for number in tiled.nearest_first([], (x, y, x, y), []) if meets(tiled.tiles[number], view)]
        return [partial(self._encoded, tiled, number, True) for number in seen] if len(seen) <= MOST_AHEAD else []

    def _respond_at_once(
        self,
        encoding: Encoding[E],
        prompts: Prompts,
        previous: Response[BoxesAnswer, M | Answered] | None,
        options: Options,
    ) -> Response[BoxesAnswer, M | Answered]:
        memo = None if previous is None else previous.memo
        start = None if previous is None or isinstance(memo, Answered) else Response(previous.answer, memo)
        found = self._model.respond(encoding, prompts, start, options)
        return Response(found.answer, found.memo, found.progress, found.nbytes)

    def _asked(
        self,
        tiled: TiledImage,
        shown: tuple[Shown, ...],
        examples: tuple[Example, ...],
        options: Options,
        before: Answered,
    ) -> Answered:
        """Return new prompts, which no tile has answered yet."""
        known = dict(zip(before.shown, before.looks, strict=True))
        looks = tuple(known[each] if each in known else self._look(tiled, each) for each in shown)
        earlier = {**before.earlier, **before.by_tile} if shown or examples else {}
        return Answered(shown, examples, options.lowest_score, looks, {}, earlier)

    def _advanced(self, tiled: TiledImage, asked: Answered, new: Sequence[Shown], options: Options) -> Answered:
        """Let tiles answer: those with new prompts and in view, then others for `options.seconds`, at least one."""
        by_tile, seen, end = dict(asked.by_tile), tiled.in_view(options.view), None
        for number in tiled.nearest_first(new, options.view, asked.shown):
            if number in by_tile:
                continue
            at_once = number in seen or bool(tiled.within(number, new))
            if not at_once and options.seconds is not None:
                end = time.perf_counter() + options.seconds if end is None else end
                if len(by_tile) > len(asked.by_tile) and time.perf_counter() >= end:
                    break
            by_tile[number] = self._answer(tiled, number, asked, at_once)
        return replace(asked, by_tile=by_tile)

    def _answer(self, tiled: TiledImage, number: int, asked: Answered, near: bool) -> BoxesAnswer:
        x0, y0, _, _ = tiled.tiles[number]
        own = tiled.within(number, asked.shown)
        pairs = zip(asked.shown, asked.looks, strict=True)
        elsewhere = tuple(example for each, look in pairs if each not in own for example in look)
        here = tuple(moved(each, -x0, -y0) for each in own)
        prompts = Prompts((here,), (*asked.examples, *elsewhere))
        options = Options(lowest_score=min(asked.lowest_score, LOWEST_SCORE))
        found = self._model.respond(self._encoded(tiled, number, near), prompts, None, options).answer
        return replace(found, boxes=found.boxes + np.array([x0, y0, 0, 0, 0.0]))

    def _look(self, tiled: TiledImage, shown: Shown) -> tuple[Example, ...]:
        number = tiled.nearest(*points([shown])[0].tolist())
        x0, y0, x1, y1 = tiled.tiles[number]
        here = within(moved(shown, -x0, -y0), (y1 - y0, x1 - x0))
        return self._model.examples(self._encoded(tiled, number, near=True), [here])

    def _encoded(self, tiled: TiledImage, number: int, near: bool) -> Encoding[E]:
        """Return the encoding of a tile. Far tiles, of which there are many, never displace tiles in use."""
        key = (tiled.key, number)
        encoding = self._cache.get(key)
        if encoding is None:
            pixels = read_region(tiled.image, tiled.tiles[number])
            if isinstance(tiled.image, np.ndarray):
                pixels = pixels.copy()  # a view would hold the whole image in memory
            encoding = self._model.encode(pixels)
            (self._cache.put if near else self._cache.put_if_room)(key, encoding, encoding.nbytes)
        return encoding


def _answered(tiled: TiledImage, previous: Response[BoxesAnswer, M | Answered] | None) -> Answered:
    """Return what tiles answered before. After the memo was lost, each box belongs to the tile nearest to it."""
    memo = None if previous is None else previous.memo
    if isinstance(memo, Answered):
        return memo
    if previous is None or memo is not None:
        return Answered()
    centres = previous.answer.boxes[:, :2].tolist()
    of_tile = np.array([tiled.nearest(x, y) for x, y in centres], np.int64)
    return Answered(earlier={number: previous.answer.where(of_tile == number) for number in set(of_tile.tolist())})


def _shows_nothing_new(tiled: TiledImage, before: Answered, after: Answered, view: XYXY | None) -> bool:
    """Whether merging can wait: nothing was answered, or few tiles out of sight of an incomplete answer."""
    count, done = len(before.by_tile), len(after.by_tile)
    if done == len(tiled.tiles):
        return count == done
    is_seen = bool(tiled.in_view(view) & (after.by_tile.keys() - before.by_tile.keys()))
    return done.bit_length() == count.bit_length() and not is_seen


def _merged(tiled: TiledImage, memo: Answered) -> BoxesAnswer:
    answers = {**memo.earlier, **memo.by_tile}
    found = merged([(tiled.tiles[number], answers[number]) for number in sorted(answers)], size_of(tiled.image))
    return found.where(found.scores >= memo.lowest_score)

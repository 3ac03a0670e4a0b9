"""Polygons to pixels and back, exactly: a pixel belongs to a polygon when its centre does."""

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int

from fewclicks.geometry.masks import Mask

FARTHEST = 1e9  # pixels; a corner beyond counts as that far away: the products of larger numbers lose whole images
Ring = tuple[float, ...]
Cell = Int[np.ndarray, "crossings"]


def rasterize(rings: Iterable[Sequence[float | int]], size_hw: tuple[int, int]) -> Mask:
    """The union of polygons, each ring x0, y0, x1, y1, ... in pixels, as the tight mask of an image of `size_hw`.

    A centre on an edge belongs to the side right of it or below it, so that polygons which share an edge share
    no pixel. What a ring encloses twice is outside (even-odd). Outside the image nothing is kept.
    """
    return union([_filled(np.asarray(ring, np.float64).reshape(-1, 2), size_hw) for ring in rings], size_hw)


def union(masks: Sequence[Mask], size_hw: tuple[int, int]) -> Mask:
    """All pixels of `masks`, which belong to images of `size_hw`; nothing larger than their common box is held."""
    covering = [mask for mask in masks if mask.crop.size]
    if not covering:
        return Mask.empty(size_hw)
    if len(covering) == 1:
        return covering[0].tight()
    boxes = np.array([mask.xyxy for mask in covering])
    (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
    out = np.zeros((y1 - y0, x1 - x0), bool)
    for mask in covering:
        left, top, right, bottom = mask.xyxy
        out[top - y0 : bottom - y0, left - x0 : right - x0] |= mask.crop
    return Mask(out, (x0, y0), size_hw).tight()


def _filled(points_xy: Float64[np.ndarray, "n 2"], size_hw: tuple[int, int]) -> Mask:
    """Even-odd filling: every edge that a row of centres crosses flips all pixels right of the crossing."""
    height, width = size_hw
    points_xy = points_xy.clip(-FARTHEST, FARTHEST)
    low = np.clip(np.ceil(points_xy.min(0) - 0.5), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(points_xy.max(0) - 0.5), 0, (width, height)).astype(int)
    if (low >= high).any():
        return Mask.empty(size_hw)
    (x0, y0), (w, h) = low.tolist(), (high - low).tolist()
    rows, columns = _crossings(points_xy - low, h)
    flips = np.zeros((h, w + 1), np.uint8)
    np.bitwise_xor.at(flips, (rows, np.clip(columns, 0, w)), 1)
    return Mask(np.bitwise_xor.accumulate(flips[:, :w], axis=1).astype(bool), (x0, y0), size_hw)


def _crossings(points_xy: Float64[np.ndarray, "n 2"], height: int) -> tuple[Cell, Cell]:
    """Where edges cross the centres of rows 0..height-1: the rows, and the first column right of each crossing."""
    ends = np.roll(points_xy, -1, axis=0)
    downward = (points_xy[:, 1] <= ends[:, 1])[:, None]
    top, bottom = np.where(downward, points_xy, ends), np.where(downward, ends, points_xy)
    first, stop = (np.clip(np.ceil(edge[:, 1] - 0.5), 0, height).astype(int) for edge in (top, bottom))
    edge = np.repeat(np.arange(len(top)), stop - first)
    rows = np.arange(edge.size) - np.repeat(np.cumsum(stop - first) - stop, stop - first)
    (x0, y0), (x1, y1) = top[edge].T, bottom[edge].T
    columns = np.ceil(x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0) - 0.5)
    return rows, np.clip(columns, -1, 2**31).astype(int)


def outline(mask: Mask) -> tuple[Ring, ...]:
    """Simple polygons along the edges of the mask's pixels, whose union is exactly the mask.

    A union of simple polygons has no holes, so a mask with holes is cut from top to bottom through them.
    """
    tight = mask.tight()
    return tuple(_ring(points) for piece in _without_holes(tight) for points in _loops(piece))


def outline_with_holes(mask: Mask) -> tuple[tuple[Ring, ...], ...]:
    """Polygons along the edges of the mask's pixels, each an outer ring and then its holes, which are exactly the mask.

    They are valid as simple features define it: rings touch each other in corners at most.
    """
    return tuple(_with_holes(piece) for piece in _connected(mask.tight()))


def _connected(mask: Mask) -> Iterator[Mask]:
    """The parts of a mask that four-connected steps join, as tight masks."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.crop.astype(np.uint8), connectivity=4)
    for number in range(1, count):
        left, top, width, height = stats[number][: cv2.CC_STAT_AREA].tolist()
        crop = labels[top : top + height, left : left + width] == number
        yield Mask(crop, (mask.offset_xy[0] + left, mask.offset_xy[1] + top), mask.size_hw)


def _with_holes(part: Mask) -> tuple[Ring, ...]:
    """The outer ring of a connected mask, and its holes."""
    surrounded = np.pad(~part.crop, 1, constant_values=True).astype(np.uint8)
    outside = cv2.connectedComponents(surrounded, connectivity=4)[1]
    filled = (outside != outside[0, 0])[1:-1, 1:-1]
    holes = _connected(Mask(filled & ~part.crop, part.offset_xy, part.size_hw))
    pieces = [Mask(filled, part.offset_xy, part.size_hw), *holes]
    return tuple(_ring(points) for piece in pieces for points in _loops(piece))


def _ring(points_xy: Int[np.ndarray, "n 2"]) -> Ring:
    return tuple(float(value) for value in points_xy.ravel())


def _without_holes(mask: Mask) -> Iterator[Mask]:
    """Pieces of the mask that have no holes, made by cutting at the middle column of the middle hole."""
    columns = _hole_columns(mask.crop)
    if not columns:
        yield mask
        return
    at, (x, y) = columns[len(columns) // 2], mask.offset_xy
    yield from _without_holes(Mask(mask.crop[:, :at], (x, y), mask.size_hw).tight())
    yield from _without_holes(Mask(mask.crop[:, at:], (x + at, y), mask.size_hw).tight())


def _hole_columns(crop: Bool[np.ndarray, "h w"]) -> list[int]:
    """A column through each hole, sorted; a hole is background that four-connected steps cannot leave."""
    outside = np.pad(~crop, 1, constant_values=True).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=4)
    holes = [stat for stat in stats[1:] if stat[cv2.CC_STAT_LEFT] > 0]
    return sorted(int(stat[cv2.CC_STAT_LEFT]) - 1 + int(stat[cv2.CC_STAT_WIDTH]) // 2 for stat in holes)


def _loops(piece: Mask) -> Iterator[Int[np.ndarray, "n 2"]]:
    """The outlines of a mask without holes, in pixel corners."""
    if not piece.crop.size:
        return
    # OpenCV walks through pixel centres. Where each pixel is doubled, the halves of its two sides round to its edges.
    doubled = piece.crop.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        corners = _corners((contour[:, 0, :] + 1) // 2 + np.array(piece.offset_xy))
        yield from (np.array(loop) for loop in _split_where_touching(corners.tolist()))


def _corners(walk: Int[np.ndarray, "n 2"]) -> Int[np.ndarray, "m 2"]:
    """The points of a closed walk at which it turns."""
    moved = walk[(walk != np.roll(walk, 1, axis=0)).any(1)]
    turns = ((moved - np.roll(moved, 1, axis=0)) != (np.roll(moved, -1, axis=0) - moved)).any(1)
    corners: Int[np.ndarray, "m 2"] = moved[turns]
    return corners


def _split_where_touching(corners: Sequence[Sequence[int]]) -> Iterator[list[tuple[int, ...]]]:
    """Pixels that touch only at a corner make the walk pass it twice: each loop becomes a polygon of its own."""
    path: dict[tuple[int, ...], None] = {}  # in the order of the walk, and quick to look up
    for corner in map(tuple, corners):
        if corner in path:
            yield [corner, *_taken_back_to(corner, path)]
        else:
            path[corner] = None
    yield list(path)


def _taken_back_to(corner: tuple[int, ...], path: dict[tuple[int, ...], None]) -> list[tuple[int, ...]]:
    loop = []
    while next(reversed(path)) != corner:
        loop.append(path.popitem()[0])
    return loop[::-1]

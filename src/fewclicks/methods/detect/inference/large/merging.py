"""The answers of overlapping tiles of one image, as one answer."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int

from fewclicks.answers import BoxesAnswer, all_boxes
from fewclicks.geometry import boxes, oriented, suppression
from fewclicks.methods.detect.inference.large.tiles import Tile

SAME_IOU = 0.5  # boxes of two tiles that overlap more are one object
SAME_SHARE = 0.5  # a cut box of which a larger share lies in another box is the same object
EDGE = 2.0  # pixels from the edge of a tile within which a box is cut by it


def merged(found: Sequence[tuple[Tile, BoxesAnswer]], size_hw: tuple[int, int]) -> BoxesAnswer:
    """Return all boxes, in pixels of the image, each object once, highest confidence first.

    Boxes of one tile never compete: the model has removed duplicates there. Of boxes of two tiles around one object the
    better one stays. A box that is cut by an edge of its tile, but not of the image, is dropped for a whole one.
    """
    answers = [each for _, each in found]
    every = all_boxes(answers)
    tile_of = np.repeat(np.arange(len(answers)), [len(each) for each in answers])
    cut = np.concatenate([np.zeros(0, bool), *(is_cut(each, tile, size_hw) for tile, each in found)])
    # One more than any score can be: a cut box comes after all whole ones.
    ranked = every.scores + np.where(cut, 0.0, 1.0 + np.abs(every.scores).max(initial=0.0))
    upright, areas = oriented.enclosing(every.boxes), oriented.area(every.boxes)

    def rivals() -> Iterator[tuple[Int[np.ndarray, "K"], Int[np.ndarray, "K"]]]:
        """Boxes of different tiles: of one class, or a whole one and a cut one, of whatever class."""
        for i, j in boxes.meeting_pairs(upright, upright):
            rival = (every.class_ids[i] == every.class_ids[j]) | (cut[j] & ~cut[i])
            rival &= tile_of[i] != tile_of[j]
            yield i[rival], j[rival]

    def overlap(i: Int[np.ndarray, "K"], j: Int[np.ndarray, "K"]) -> Float64[np.ndarray, "K"]:
        """The intersection over union; of a cut box the share that is covered counts."""
        iou = oriented.iou_of_pairs(every.boxes[i], every.boxes[j])
        shared = iou * (areas[i] + areas[j]) / (1 + iou)
        share = np.divide(shared, areas[j], out=np.zeros_like(shared), where=areas[j] > 0)
        return np.where(cut[j] & (share > SAME_SHARE), 1.0, iou)

    kept = suppression.suppressed(ranked, SAME_IOU, rivals(), overlap)
    chosen = np.zeros(len(every), bool)
    chosen[kept] = True
    left = every.where(chosen)
    return left.where(np.argsort(-left.scores, kind="stable"))


def is_cut(found: BoxesAnswer, tile: Tile, size_hw: tuple[int, int]) -> Bool[np.ndarray, "N"]:
    """Whether each box reaches an edge of its tile that is not an edge of the image."""
    upright = oriented.enclosing(found.boxes)
    height, width = size_hw
    x0, y0, x1, y1 = tile
    inner = np.array([x0 > 0, y0 > 0, x1 < width, y1 < height])
    room = np.concatenate([upright[:, :2] - (x0, y0), (x1, y1) - upright[:, 2:]], axis=1)
    return np.logical_and(room < EDGE, inner).any(1)

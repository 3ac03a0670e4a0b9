"""What overlapping tiles of one image found, as one answer."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int

from fewclicks.geometry import boxes, oriented, suppression
from fewclicks.methods.detect.inference.detections import Detections, all_of

SAME_IOU = 0.5  # boxes of neighbours that overlap more are about one object
SAME_PART = 0.5  # so is a cut box that lies in another one by more than this part of it
EDGE = 2.0  # pixels from the edge of a tile within which a box is cut by it

Tile = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the image


def merged(found: Sequence[tuple[Tile, Detections]], size_hw: tuple[int, int]) -> Detections:
    """All boxes, in pixels of the image, each object once, best score first.

    Boxes of one tile never compete: its detector has seen to that. Of boxes of two tiles around one object the better
    one stays, and one that is cut by the edge of its tile, unless that is the image's, goes in favour of a whole one.
    """
    parts = [each for _, each in found]
    every = all_of(parts)
    tile_of = np.repeat(np.arange(len(parts)), [len(each) for each in parts])
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
        """The intersection over union; of a cut box the part that is covered counts."""
        iou = oriented.iou_of_pairs(every.boxes[i], every.boxes[j])
        shared = iou * (areas[i] + areas[j]) / (1 + iou)
        part = np.divide(shared, areas[j], out=np.zeros_like(shared), where=areas[j] > 0)
        return np.where(cut[j] & (part > SAME_PART), 1.0, iou)

    kept = suppression.suppressed(ranked, SAME_IOU, rivals(), overlap)
    chosen = np.zeros(len(every), bool)
    chosen[kept] = True
    left = every.where(chosen)
    best = np.argsort(-left.scores, kind="stable")
    return Detections(left.boxes[best], left.scores[best], left.class_ids[best])


def is_cut(found: Detections, tile: Tile, size_hw: tuple[int, int]) -> Bool[np.ndarray, "N"]:
    """Whether a box reaches an edge of its tile beyond which the image goes on."""
    upright = oriented.enclosing(found.boxes)
    height, width = size_hw
    x0, y0, x1, y1 = tile
    inner = np.array([x0 > 0, y0 > 0, x1 < width, y1 < height])
    room = np.concatenate([upright[:, :2] - (x0, y0), (x1, y1) - upright[:, 2:]], axis=1)
    return np.logical_and(room < EDGE, inner).any(1)

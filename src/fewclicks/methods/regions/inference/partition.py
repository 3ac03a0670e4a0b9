"""A full partition of an image: every pixel belongs to one region or to none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Float32, UInt16

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import FREE, merge
from fewclicks.methods.regions.inference.prompts import GRID, STROKE_WIDTH, XYXY, Question
from fewclicks.methods.shared.windows import Window
from fewclicks.prompts import Scribble


@dataclass(frozen=True)
class RegionAnswer:
    """The head's answer to a question: logits on the grid of its window, which count inside its box."""

    question: Question
    logits: Float32[np.ndarray, "G G"]

    @property
    def nbytes(self) -> int:
        return self.logits.nbytes


@dataclass(frozen=True)
class Opinion:
    """What the head says of every region, and who wins each pixel by that: 0 for none, k for the k-th of `answers`."""

    answers: Mapping[str, RegionAnswer]
    labels: UInt16[np.ndarray, "H W"]

    @property
    def nbytes(self) -> int:
        return self.labels.nbytes + sum(answer.nbytes for answer in self.answers.values())


@dataclass(frozen=True)
class Partition:
    """Which region every pixel belongs to: 0 for none, k for `regions[k - 1]`.

    `opinion` is kept so that a further scribble asks again only about the regions it concerns, and with a base
    `at_first`, that from its extreme points alone; a partition made of masks has neither.
    """

    regions: tuple[str, ...]
    labels: UInt16[np.ndarray, "H W"]
    opinion: Opinion | None = None
    at_first: Opinion | None = None

    @classmethod
    def of_masks(cls, masks: Mapping[str, Mask], size_hw: tuple[int, int]) -> "Partition":
        """Masks by region as a partition; where they overlap the smallest has the pixel."""
        owner = merge(list(masks.values()), size_hw)
        return cls(tuple(masks), (owner - FREE).astype(np.uint16))

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self.labels.shape[0], self.labels.shape[1])

    @property
    def nbytes(self) -> int:
        opinions = (opinion.nbytes for opinion in (self.opinion, self.at_first) if opinion is not None)
        return self.labels.nbytes + sum(opinions)

    @cached_property
    def unlabelled(self) -> float:
        """The part of the pixels that belongs to no region, 0..1."""
        return float((self.labels == 0).mean())

    def mask(self, region: str) -> Mask:
        """Raises ValueError for a region that is not in the partition."""
        return Mask.from_full(self.labels == self.regions.index(region) + 1)

    def renumbered(self, regions: Sequence[str]) -> UInt16[np.ndarray, "H W"]:
        """The labels as `regions` would number them; 0 for regions that are not among these. Not to be written to."""
        if tuple(regions[: len(self.regions)]) == self.regions:
            return self.labels
        numbers = {name: number for number, name in enumerate(regions, start=1)}
        table = np.array([0, *(numbers.get(name, 0) for name in self.regions)], np.uint16)
        renumbered: UInt16[np.ndarray, "H W"] = table[self.labels]
        return renumbered


def pixels_of(xyxy: XYXY, size_hw: tuple[int, int]) -> tuple[int, int, int, int]:
    """The pixels that a box touches: x0, y0, x1, y1, whole numbers inside the image."""
    low = np.floor(np.maximum(xyxy[:2], 0)).astype(int)
    high = np.ceil(np.minimum(xyxy[2:], size_hw[::-1])).astype(int)
    return (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def compete(
    answers: Mapping[str, RegionAnswer], size_hw: tuple[int, int], area: tuple[int, int, int, int]
) -> UInt16[np.ndarray, "h w"]:
    """Who wins each pixel of `area` (x0, y0, x1, y1): the region of the largest logit (Eq. 1 keeps the order).

    Regions count in the order of `answers`, from 1; pixels in nobody's box are 0.
    """
    x0, y0, x1, y1 = area
    best = np.full((y1 - y0, x1 - x0), -np.inf, np.float32)
    labels = np.zeros(best.shape, np.uint16)
    for number, answer in enumerate(answers.values(), start=1):
        bx0, by0, bx1, by1 = pixels_of(answer.question.xyxy, size_hw)
        left, top, right, bottom = max(bx0, x0), max(by0, y0), min(bx1, x1), min(by1, y1)
        if left >= right or top >= bottom:
            continue
        here = np.s_[top - y0 : bottom - y0, left - x0 : right - x0]
        logits = sample(answer.logits, answer.question.window, (left, top, right, bottom))
        wins = logits > best[here]
        np.copyto(best[here], logits, where=wins)
        np.copyto(labels[here], np.uint16(number), where=wins)
    return labels


def with_strokes(
    labels: UInt16[np.ndarray, "H W"], strokes: Sequence[Scribble], regions: Iterable[str]
) -> UInt16[np.ndarray, "H W"]:
    """The labels with every scribble's pixels given to its region, later ones on top: none does nothing."""
    numbers = {name: number for number, name in enumerate(regions, start=1)}
    drawn = labels.copy()
    for stroke in strokes:
        path = (*stroke.points_xy, stroke.points_xy[-1])  # OpenCV draws nothing for one point alone
        points = np.floor(np.array(path)).astype(np.int32)
        cv2.polylines(drawn, [points], False, numbers[stroke.region], round(STROKE_WIDTH))
    return drawn


def sample(
    logits: Float32[np.ndarray, "G G"], window: Window, area: tuple[int, int, int, int]
) -> Float32[np.ndarray, "h w"]:
    """Logits at the pixels of `area`, bilinear between cells (re-projection, Sec. 3.1)."""
    x0, y0, x1, y1 = area
    kx, ky = GRID / window.width, GRID / window.height
    matrix = np.array([[kx, 0, (x0 + 0.5 - window.x0) * kx - 0.5], [0, ky, (y0 + 0.5 - window.y0) * ky - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(logits, matrix, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)

"""Canvases of objects that were cut out of photos and pasted onto others, each many times.

Nothing but the clicked example tells which of them are asked for, so a network learns to compare, not to recognise.
D. Dwibedi, I. Misra, M. Hebert, *Cut, Paste and Learn* (ICCV 2017) paste objects to detect known classes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from fewclicks.datasets.masked_images import MaskedImage, Source
from fewclicks.geometry.boxes import pairwise_iou
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.oriented import from_upright
from fewclicks.methods.detect.training.data.augment import Canvas
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours

KINDS = 5  # of objects on a canvas at most
SIZES = (10.0, 150.0)  # pixels, root of the area of a kind's boxes; by logarithm
SIZE_SPREAD = 0.15  # standard deviation of the logarithm of an object's size within its kind
COVERED = 0.35  # share of a canvas that all pasted boxes cover at most
MOST_OF_A_KIND = 16
TRIES = 4  # places for an object; it is left out if each is taken
APART = 0.15  # largest IoU of two boxes
ALIKE = 0.5  # share of canvases whose kinds all come from one data set
RECOLOURED = 0.3  # share of kinds that are another kind of the canvas in other colours
TURNED = 0.5  # share of canvases whose objects lie at any angle; in the others they stand nearly upright
SMALLEST_CUT = 12  # pixels of the longer side of a cut-out at least
LARGEST_GAIN = 1.5  # of a cut-out
SPARE = 1.3  # length of a cut-out, over that of its kind: linear interpolation from much larger ones would skip pixels
SOFT_EDGE = 0.6  # pixels, standard deviation: cut-outs have no hard edges


@dataclass(frozen=True, eq=False)
class CutOut:
    """An object without its surroundings: colours, and how much of each pixel is the object's, 0..1."""

    rgb: UInt8[np.ndarray, "H W 3"]
    alpha: Float32[np.ndarray, "H W"]

    @property
    def length(self) -> float:
        """The root of the area of its box."""
        return float(np.sqrt(self.alpha.size))


class Composer:
    """Draws canvases of `side` pixels of cut-outs from `sources`."""

    def __init__(self, sources: Sequence[Source], side: int) -> None:
        self.sources, self.side = sources, side
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._decoded = DecodedImages()

    def draw(self, count: int, rng: np.random.Generator) -> list[Canvas]:
        """Canvases with objects of the same kinds on different photos. Their classes are negative numbers."""
        kinds = self._kinds(int(rng.integers(2, KINDS + 1)), rng)
        lengths = np.exp(rng.uniform(math.log(SIZES[0]), math.log(SIZES[1]), len(kinds)))
        if rng.random() < ALIKE:
            lengths[:] = lengths[0]
        kinds = [_reduced(kind, SPARE * length) for kind, length in zip(kinds, lengths.tolist(), strict=True)]
        turned = rng.random() < TURNED
        return [self._canvas(kinds, lengths, turned, rng) for _ in range(count)]

    def _kinds(self, count: int, rng: np.random.Generator) -> list[CutOut]:
        source = self._source(rng) if rng.random() < ALIKE else None
        kinds: list[CutOut] = []
        while len(kinds) < count:
            if kinds and rng.random() < RECOLOURED:
                kinds.append(_recoloured(kinds[int(rng.integers(len(kinds)))], rng))
                continue
            image, mask = _object(source or self._source(rng), rng)
            x0, y0, x1, y1 = mask.xyxy
            if max(x1 - x0, y1 - y0) >= SMALLEST_CUT:
                rgb = self._decoded.read(image)[y0:y1, x0:x1]
                kinds.append(CutOut(rgb, mask.full()[y0:y1, x0:x1].astype(np.float32)))
        return kinds

    def _canvas(
        self, kinds: Sequence[CutOut], lengths: Float64[np.ndarray, "K"], turned: bool, rng: np.random.Generator
    ) -> Canvas:
        rgb = self._background(rng)
        boxes, room = np.zeros((0, 4)), COVERED * self.side**2
        class_ids: list[int] = []
        for number in rng.permutation(len(kinds)).tolist():
            most = min(MOST_OF_A_KIND, 1 + int(room / (len(kinds) * lengths[number] ** 2)))
            for _ in range(int(rng.integers(0, most + 1))):
                length = lengths[number] * float(np.exp(rng.normal(0, SIZE_SPREAD)))
                pasted = _varied(kinds[number], length, turned, rng)
                box = self._place(pasted, boxes, rng)
                if box is not None:
                    _paste(rgb, pasted, box)
                    boxes, class_ids = np.concatenate([boxes, [box]]), [*class_ids, -1 - number]
        return Canvas(
            vary_colours(rgb, rng), from_upright(boxes.astype(float)), np.array(class_ids, np.int64), np.zeros((0, 5))
        )

    def _background(self, rng: np.random.Generator) -> UInt8[np.ndarray, "S S 3"]:
        """A part of a photo, enlarged or reduced to the canvas."""
        image, _ = _object(self._source(rng), rng)
        pixels = self._decoded.read(image)
        part = max(16, int(min(pixels.shape[:2]) * rng.uniform(0.4, 1)))
        y, x = (int(rng.integers(0, side - part + 1)) if side > part else 0 for side in pixels.shape[:2])
        return cv2.resize(pixels[y : y + part, x : x + part], (self.side, self.side), interpolation=cv2.INTER_AREA)

    def _place(
        self, pasted: CutOut, taken: Float64[np.ndarray, "N 4"], rng: np.random.Generator
    ) -> Float64[np.ndarray, "4"] | None:
        height, width = pasted.alpha.shape
        for _ in range(TRIES):
            x, y = (int(rng.integers(0, max(1, self.side - side + 1))) for side in (width, height))
            box = np.array([x, y, x + width, y + height], float)
            if max(width, height) <= self.side and pairwise_iou(box[None], taken).max(initial=0) <= APART:
                return box
        return None

    def _source(self, rng: np.random.Generator) -> Source:
        return self.sources[rng.choice(len(self.sources), p=self.chances)]


def _object(source: Source, rng: np.random.Generator) -> tuple[MaskedImage, Mask]:
    image = source.images[rng.integers(len(source.images))]
    return image, image.masks[rng.integers(len(image.masks))]


def _reduced(kind: CutOut, length: float) -> CutOut:
    """The cut-out at about that length, if it is longer."""
    scale = length / kind.length
    if scale >= 1:
        return kind
    height, width = kind.alpha.shape
    goal = (max(1, round(width * scale)), max(1, round(height * scale)))
    return CutOut(*(cv2.resize(each, goal, interpolation=cv2.INTER_AREA) for each in (kind.rgb, kind.alpha)))


def _recoloured(kind: CutOut, rng: np.random.Generator) -> CutOut:
    """The same shape in another hue, or the colours in another order."""
    hsv = cv2.cvtColor(kind.rgb, cv2.COLOR_RGB2HSV).astype(int)
    hsv[..., 0] = (hsv[..., 0] + rng.integers(30, 150)) % 180
    hsv[..., 1:] = np.clip(hsv[..., 1:] * rng.uniform(0.6, 1.5, 2), 0, 255)
    return CutOut(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), kind.alpha)


def _varied(kind: CutOut, length: float, turned: bool, rng: np.random.Generator) -> CutOut:
    """The object at about that length, mirrored, turned, a little brighter or darker; cut to its pixels."""
    scale = min(length / kind.length, LARGEST_GAIN)
    angle = rng.uniform(0, 2 * np.pi) if turned else rng.normal(0, 0.1)
    stretch = np.exp(rng.normal(0, 0.06, 2)) * scale * np.array([rng.choice([-1.0, 1.0]), 1.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * stretch
    height, width = kind.alpha.shape
    extent = np.abs(turn) @ np.array([width, height])
    size = np.maximum(np.ceil(extent).astype(int) + 2, 3)
    matrix = np.concatenate([turn, (size / 2 - turn @ (np.array([width, height]) / 2))[:, None]], axis=1)
    goal = (int(size[0]), int(size[1]))
    alpha = cv2.GaussianBlur(cv2.warpAffine(kind.alpha, matrix, goal), (3, 3), SOFT_EDGE)
    rgb = cv2.warpAffine(kind.rgb, matrix, goal, borderMode=cv2.BORDER_REPLICATE)
    gain = rng.uniform(0.8, 1.25) * rng.uniform(0.95, 1.05, 3)
    rgb = np.clip(rgb * gain, 0, 255).astype(np.uint8)
    rows, columns = (np.flatnonzero((alpha > 0.5).any(axis)) for axis in (1, 0))
    if not len(rows):
        return CutOut(rgb, alpha)
    inside = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return CutOut(rgb[inside], alpha[inside])


def _paste(canvas: UInt8[np.ndarray, "S S 3"], pasted: CutOut, box: Float64[np.ndarray, "4"]) -> None:
    x0, y0, x1, y1 = box.astype(int).tolist()
    below = canvas[y0:y1, x0:x1]
    alpha = pasted.alpha[..., None]
    below[:] = np.rint(below * (1 - alpha) + pasted.rgb * alpha).astype(np.uint8)

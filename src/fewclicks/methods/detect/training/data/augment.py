"""Training canvases: parts of one image or up to nine, turned, scaled and coloured, with the boxes in them."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import Float64, Int64, UInt8

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.geometry.boxes import area
from fewclicks.geometry.oriented import area as oriented_area
from fewclicks.geometry.oriented import canonical, enclosing, from_upright
from fewclicks.methods.detect.inference.reading import reading_scale
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours
from fewclicks.methods.shared.training.placement import for_opencv, random_placement, random_symmetry

SCALES = (0.7, 1.45)  # of a part, besides the scale that an image is read at
SEEN = 0.5  # share of an object that has to be in a part; less of it is neither object nor background
MOST_PARTS = 3  # of a side of a canvas
ROOM = 4.0  # side of a part at least, over the median size of the objects
ON_OBJECT = 0.8  # share of parts that are laid so that some object is in them


@dataclass(frozen=True)
class Canvas:
    """Pixels, the boxes in them with their classes, and boxes of what is neither object nor background: what is cut too
    much, or was not to count.
    """

    rgb: UInt8[np.ndarray, "H W 3"]
    boxes: Float64[np.ndarray, "N 5"]
    class_ids: Int64[np.ndarray, "N"]
    cut: Float64[np.ndarray, "M 5"]


class CanvasSampler:
    """Draws canvases of `side` pixels."""

    def __init__(self, sources: list[BoxedSource], side: int, oriented: bool) -> None:
        self.sources, self.side, self.oriented = sources, side, oriented
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._most_parts = [_most_parts(source, side) for source in sources]
        self._decoded = DecodedImages()

    def source(self, rng: np.random.Generator) -> int:
        """The number of a source, by their weights."""
        return int(rng.choice(len(self.sources), p=self.chances))

    def draw(self, source: int, rng: np.random.Generator, zoom: float = 1.0) -> Canvas:
        """A square canvas from images of that source, enlarged by about `zoom`."""
        most = max(1, int(self._most_parts[source] / zoom))
        xs, ys = (_edges(self.side, int(rng.integers(1, most + 1)), rng) for _ in range(2))
        whole = np.zeros((self.side, self.side, 3), np.uint8)
        parts, corners = [], []
        for left, right in pairwise(xs):
            for top, bottom in pairwise(ys):
                part = self._part(source, (bottom - top, right - left), rng, zoom)
                whole[top:bottom, left:right] = part.rgb
                parts.append(part)
                corners.append(np.array([left, top, 0, 0, 0], float))
        return Canvas(
            whole,
            np.concatenate([part.boxes + corner for part, corner in zip(parts, corners, strict=True)]),
            np.concatenate([part.class_ids for part in parts]),
            np.concatenate([part.cut + corner for part, corner in zip(parts, corners, strict=True)]),
        )

    def _part(self, source: int, size_hw: tuple[int, int], rng: np.random.Generator, zoom: float) -> Canvas:
        images = self.sources[source].images
        image = images[rng.integers(len(images))]
        matrix = self._matrix(image, size_hw, rng, zoom)
        rgb = cv2.warpAffine(self._decoded.read(image), for_opencv(matrix), size_hw[::-1])
        boxes, shown = _seen(_moved(image.boxes, matrix), size_hw, self.oriented)
        counts, cut = shown >= SEEN, (shown > 0) & (shown < SEEN)
        ignored, there = _seen(_moved(image.ignored, matrix), size_hw, self.oriented)
        neither = np.concatenate([boxes[cut], ignored[there > 0]])
        return Canvas(vary_colours(rgb, rng), boxes[counts], image.class_ids[counts], neither)

    def _matrix(
        self, image: BoxedImage, size_hw: tuple[int, int], rng: np.random.Generator, zoom: float
    ) -> Float64[np.ndarray, "2 3"]:
        """From pixels of the image to those of a part: one of eight symmetries, a scale, and a place."""
        scale = zoom * reading_scale(image.size_hw) * float(np.exp(rng.uniform(*np.log(SCALES))))
        turn = random_symmetry(rng) * scale
        return random_placement(image.size_hw, size_hw, turn, image.boxes[:, :2], ON_OBJECT, rng)


def _most_parts(source: BoxedSource, side: int) -> int:
    """How many parts of images a side of a canvas is made of at most: many where objects are small."""
    sizes = [np.sqrt(oriented_area(image.boxes)) * reading_scale(image.size_hw) for image in source.images]
    return int(np.clip(side / (ROOM * max(1.0, float(np.median(np.concatenate(sizes))))), 1, MOST_PARTS))


def _edges(side: int, parts: int, rng: np.random.Generator) -> list[int]:
    """Where parts begin and end, not all of one size."""
    inner = np.arange(1, parts) + rng.uniform(-0.15, 0.15, parts - 1)
    return [0, *np.rint(inner * side / parts).astype(int).tolist(), side]


def _moved(boxes: Float64[np.ndarray, "N 5"], matrix: Float64[np.ndarray, "2 3"]) -> Float64[np.ndarray, "N 5"]:
    """Boxes under a similarity."""
    turn = matrix[:, :2]
    scale = np.sqrt(abs(np.linalg.det(turn)))
    centre = boxes[:, :2] @ turn.T + matrix[:, 2]
    along = np.stack([np.cos(boxes[:, 4]), np.sin(boxes[:, 4])], axis=1) @ turn.T
    angle = np.arctan2(along[:, 1], along[:, 0])
    return canonical(np.concatenate([centre, boxes[:, 2:4] * scale, angle[:, None]], axis=1))


def _seen(
    boxes: Float64[np.ndarray, "N 5"], size_hw: tuple[int, int], oriented: bool
) -> tuple[Float64[np.ndarray, "N 5"], Float64[np.ndarray, "N"]]:
    """Boxes, upright ones cut to the part, and the share of each (of the upright box around it) that lies in it."""
    around = enclosing(boxes)
    low, high = np.zeros(4), np.array([size_hw[1], size_hw[0]] * 2, float)
    inside = np.clip(around, low, high)
    share = area(inside) / np.maximum(area(around), 1e-9)
    return (boxes if oriented else from_upright(inside)), share

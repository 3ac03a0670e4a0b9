"""Training crops: a window around an object, with the image changed in scale, place, colour and content."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from fewclicks.datasets.masked_images import MaskedImage, Source
from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours
from fewclicks.methods.shared.windows import Window, crop_image, crop_mask
from fewclicks.simulation.mask.annotator import region_centre

Framing = Literal["object", "image", "click"]
"""What the window is around: the object, all or most of the image, or a first click on the object, at any size."""

LEAST_VISIBLE = 12  # cells of an object
CLICK_SIDES = (0.6, 10.0)  # the shortest and the longest window around a click, in longer sides of the object
COARSE = 64  # cells a side of the mask in which a first click is placed


@dataclass
class TrainingCrop:
    """What one object looks like in its window; `box` in map coordinates, tight.

    `hidden` is how much of the object is outside the window, in cells. `scene` is the larger part of the image that an
    encode-once network reads, `roi` (xyxy, scene pixels) where the window lies in it; without a scene the window is all
    that is seen.
    """

    rgb: UInt8[np.ndarray, "S S 3"]
    truth: Bool[np.ndarray, "G G"]
    hidden: float
    box: Float[np.ndarray, "4"]
    scene: UInt8[np.ndarray, "E E 3"] | None = None
    roi: Float[np.ndarray, "4"] | None = None

    @cached_property
    def cells(self) -> UInt8[np.ndarray, "G G 3"]:
        """The pixels of the window on the grid of the truth."""
        return cv2.resize(self.rgb, self.truth.shape, interpolation=cv2.INTER_AREA)


@dataclass
class Target:
    """An object in a window: its cells there, and how many cells' worth of it are outside."""

    image: MaskedImage
    window: Window
    truth: Bool[np.ndarray, "G G"]
    hidden: float


class CropSampler:
    """Draws training crops from several sources."""

    def __init__(self, sources: list[Source], crop: int, grid: int) -> None:
        self.sources, self.crop, self.grid = sources, crop, grid
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._decoded = DecodedImages()

    def draw(self, rng: np.random.Generator, framing: Framing, copy_paste: float = 0.25) -> TrainingCrop:
        """A crop with the object in it, whole unless the window is around a click."""
        target = self._target(rng, framing)
        rgb = crop_image(self._decoded.read(target.image), target.window, self.crop)
        truth, hidden = target.truth, target.hidden
        if framing == "object" and rng.random() < copy_paste:
            rgb, truth, hidden = self._paste(rgb, target, rng)
        rgb, truth = _flip(rgb, truth, rng)
        return TrainingCrop(vary_colours(rgb, rng), truth, hidden, tight_box(truth))

    def draw_scene(self, rng: np.random.Generator, framing: Framing, side: int) -> TrainingCrop:
        """A crop together with `side` x `side` pixels of its surroundings, for the encode-once design."""
        target = self._target(rng, framing)
        window, truth = target.window, target.truth
        reach = 1.0 if framing == "image" else float(np.exp(rng.uniform(0, np.log(4))))
        size = np.array([window.width, window.height])
        corner = np.array([window.x0, window.y0]) - (rng.random(2) * size * (reach - 1)).round()
        width, height = (size * reach).round().astype(int).tolist()
        around = Window(int(corner[0]), int(corner[1]), width, height)
        fine = vary_colours(crop_image(self._decoded.read(target.image), around, 2 * side), rng)
        edges = np.array([[window.x0, window.y0], [window.x0 + window.width, window.y0 + window.height]])
        low, high = around.to_map(edges, 2 * side).round().astype(int).tolist()
        inner = Window(low[0], low[1], max(1, high[0] - low[0]), max(1, high[1] - low[1]))
        rgb = crop_image(fine, inner, self.grid)
        scene = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
        return TrainingCrop(rgb, truth, target.hidden, tight_box(truth), scene, np.array([*low, *high]) / 2)

    def _target(self, rng: np.random.Generator, framing: Framing) -> Target:
        """A window in which something of an object can be seen."""
        while True:
            image, mask = self._object(rng)
            window = _window(mask, framing, rng)
            truth = crop_mask(mask, window, self.grid)
            if truth.sum() >= LEAST_VISIBLE:
                cells = mask.area * self.grid**2 / (window.width * window.height)
                return Target(image, window, truth, max(0.0, cells - float(truth.sum())))

    def _object(self, rng: np.random.Generator) -> tuple[MaskedImage, Mask]:
        images = self.sources[rng.choice(len(self.sources), p=self.chances)].images
        image = images[rng.integers(len(images))]
        return image, image.masks[rng.integers(len(image.masks))]

    def _paste(
        self, rgb: UInt8[np.ndarray, "S S 3"], target: Target, rng: np.random.Generator
    ) -> tuple[UInt8[np.ndarray, "S S 3"], Bool[np.ndarray, "G G"], float]:
        """Copy-paste: another object lands on the crop, as the new target or as an occluder.

        Returns the crop, the truth, and how many cells' worth of it are outside.
        """
        image, mask = self._object(rng)
        window = Window.around(mask.xyxy, float(rng.uniform(1.3, 2.6)))
        other, other_truth = (
            crop_image(self._decoded.read(image), window, self.crop),
            crop_mask(mask, window, self.grid),
        )
        shift = rng.integers(-self.grid // 4, self.grid // 4 + 1, 2)
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        moved = cv2.warpAffine(other_truth.astype(np.float32), matrix, (self.grid, self.grid))
        if moved.sum() < LEAST_VISIBLE:
            return rgb, target.truth, target.hidden
        matrix[:, 2] *= self.crop / self.grid
        pixels = cv2.warpAffine(other, matrix, (self.crop, self.crop))
        alpha = cv2.GaussianBlur(cv2.resize(moved, (self.crop, self.crop)), (3, 3), 0)[..., None]
        mixed = (rgb * (1 - alpha) + pixels * alpha).astype(np.uint8)
        covered = target.truth & (moved < 0.5)
        if rng.random() < 0.5 and covered.sum() > 0.4 * target.truth.sum():
            return mixed, covered, target.hidden
        return mixed, moved >= 0.5, max(0.0, float(other_truth.sum() - moved.sum()))


def _window(mask: Mask, framing: Framing, rng: np.random.Generator) -> Window:
    x0, y0, x1, y1 = mask.xyxy
    longer = max(x1 - x0, y1 - y0)
    stretch = float(np.exp(rng.uniform(-0.12, 0.12)))
    if framing == "object":
        side = longer * float(np.exp(rng.uniform(np.log(1.15), np.log(1.9))))
        centre = np.array([x0 + x1, y0 + y1]) / 2 + rng.uniform(-0.15, 0.15, 2) * longer
    elif framing == "image":
        side = max(mask.size_hw) * rng.uniform(0.8, 1.05)
        free = np.abs(np.array(mask.size_hw[::-1]) - side) / 2
        centre = np.array(mask.size_hw[::-1]) / 2 + rng.uniform(-1, 1, 2) * free
    else:
        side = min(longer * float(np.exp(rng.uniform(*np.log(CLICK_SIDES)))), 1.05 * max(mask.size_hw))
        centre = _click_place(mask) + rng.normal(0, 0.03, 2) * min(longer, side)
    width, height = max(16, round(side * stretch)), max(16, round(side / stretch))
    return Window(round(centre[0] - width / 2), round(centre[1] - height / 2), width, height)


def _click_place(mask: Mask) -> Float[np.ndarray, "2"]:
    """Where a person would click first: the middle of the object, x, y in image pixels."""
    height, width = mask.crop.shape
    goal = (min(width, COARSE), min(height, COARSE))
    cells = cv2.resize(mask.crop.astype(np.float32), goal, interpolation=cv2.INTER_AREA)
    return np.array(mask.offset_xy) + region_centre(cells >= cells.max() / 2) * (width / goal[0], height / goal[1])


def _flip(rgb: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if rng.random() < 0.5:
        rgb, truth = rgb[:, ::-1], truth[:, ::-1]
    turn = rng.random()
    if turn < 0.15:
        rgb, truth = rgb.transpose(1, 0, 2), truth.T
    elif turn < 0.2:
        rgb, truth = rgb[::-1], truth[::-1]
    return np.ascontiguousarray(rgb), np.ascontiguousarray(truth)


def tight_box(truth: Bool[np.ndarray, "G G"]) -> Float[np.ndarray, "4"]:
    """The box of a mask, xyxy."""
    ys, xs = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    return np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], float)

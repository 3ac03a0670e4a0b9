"""Training crops: a window around an object, with the image changed in scale, place, colour and content."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from fewclicks.datasets.masked_images import MaskedImage, Source
from fewclicks.geometry.masks import Mask
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours
from fewclicks.methods.shared.windows import Window, crop_image, crop_mask


@dataclass
class TrainingCrop:
    """What one object looks like in its window; `box` in map coordinates, tight.

    `scene` is the larger part of the image that an encode-once network reads, `roi` (xyxy, scene pixels) where
    the window lies in it; without a scene the window is all that is seen.
    """

    rgb: UInt8[np.ndarray, "S S 3"]
    truth: Bool[np.ndarray, "G G"]
    box: Float[np.ndarray, "4"]
    scene: UInt8[np.ndarray, "E E 3"] | None = None
    roi: Float[np.ndarray, "4"] | None = None


class CropSampler:
    """Draws training crops from several sources."""

    def __init__(self, sources: list[Source], crop: int, grid: int) -> None:
        self.sources, self.crop, self.grid = sources, crop, grid
        self.rng = np.random.default_rng()
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._decoded = DecodedImages()

    def draw(self, zoomed: bool, copy_paste: float = 0.25) -> TrainingCrop:
        """A crop zoomed to an object, or (not zoomed) one that shows all or most of its image."""
        window, truth, image = self._target(zoomed)
        rgb = crop_image(self._decoded.read(image), window, self.crop)
        if zoomed and self.rng.random() < copy_paste:
            rgb, truth = self._paste(rgb, truth)
        rgb, truth = self._flip(rgb, truth)
        return TrainingCrop(vary_colours(rgb, self.rng), truth, tight_box(truth))

    def draw_scene(self, zoomed: bool, side: int) -> TrainingCrop:
        """A crop together with `side` x `side` pixels of its surroundings, for the encode-once design."""
        window, truth, image = self._target(zoomed)
        reach = float(np.exp(self.rng.uniform(0, np.log(4)))) if zoomed else 1.0
        size = np.array([window.width, window.height])
        corner = np.array([window.x0, window.y0]) - (self.rng.random(2) * size * (reach - 1)).round()
        width, height = (size * reach).round().astype(int).tolist()
        around = Window(int(corner[0]), int(corner[1]), width, height)
        fine = vary_colours(crop_image(self._decoded.read(image), around, 2 * side), self.rng)
        edges = np.array([[window.x0, window.y0], [window.x0 + window.width, window.y0 + window.height]])
        low, high = around.to_map(edges, 2 * side).round().astype(int).tolist()
        inner = Window(low[0], low[1], max(1, high[0] - low[0]), max(1, high[1] - low[1]))
        rgb = crop_image(fine, inner, self.grid)
        scene = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
        return TrainingCrop(rgb, truth, tight_box(truth), scene, np.array([*low, *high]) / 2)

    def _target(self, zoomed: bool) -> tuple[Window, Bool[np.ndarray, "G G"], MaskedImage]:
        """A window in which something of an object can be seen."""
        while True:
            image, mask = self._object()
            window = self._window(mask, zoomed)
            truth = crop_mask(mask, window, self.grid)
            if truth.sum() >= 12:
                return window, truth, image

    def _object(self) -> tuple[MaskedImage, Mask]:
        images = self.sources[self.rng.choice(len(self.sources), p=self.chances)].images
        image = images[self.rng.integers(len(images))]
        return image, image.masks[self.rng.integers(len(image.masks))]

    def _window(self, mask: Mask, zoomed: bool) -> Window:
        rng = self.rng
        x0, y0, x1, y1 = mask.xyxy
        longer = max(x1 - x0, y1 - y0)
        if zoomed:
            side = longer * float(np.exp(rng.uniform(np.log(1.15), np.log(1.9))))
            shift = rng.uniform(-0.15, 0.15, 2) * longer
            centre = np.array([x0 + x1, y0 + y1]) / 2 + shift
        else:
            side = max(mask.size_hw) * rng.uniform(0.8, 1.05)
            free = np.abs(np.array(mask.size_hw[::-1]) - side) / 2
            centre = np.array(mask.size_hw[::-1]) / 2 + rng.uniform(-1, 1, 2) * free
        stretch = float(np.exp(rng.uniform(-0.12, 0.12)))
        width, height = max(16, round(side * stretch)), max(16, round(side / stretch))
        return Window(round(centre[0] - width / 2), round(centre[1] - height / 2), width, height)

    def _paste(self, rgb: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Copy-paste: another object lands on the crop, as the new target or as an occluder."""
        image, mask = self._object()
        window = Window.around(mask.xyxy, float(self.rng.uniform(1.3, 2.6)))
        other, other_truth = (
            crop_image(self._decoded.read(image), window, self.crop),
            crop_mask(mask, window, self.grid),
        )
        shift = self.rng.integers(-self.grid // 4, self.grid // 4 + 1, 2)
        matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        moved = cv2.warpAffine(other_truth.astype(np.float32), matrix, (self.grid, self.grid))
        if moved.sum() < 12:
            return rgb, truth
        matrix[:, 2] *= self.crop / self.grid
        pixels = cv2.warpAffine(other, matrix, (self.crop, self.crop))
        alpha = cv2.GaussianBlur(cv2.resize(moved, (self.crop, self.crop)), (3, 3), 0)[..., None]
        mixed = (rgb * (1 - alpha) + pixels * alpha).astype(np.uint8)
        covered = truth & (moved < 0.5)
        if self.rng.random() < 0.5 and covered.sum() > 0.4 * truth.sum():
            return mixed, covered
        return mixed, moved >= 0.5

    def _flip(self, rgb: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.rng.random() < 0.5:
            rgb, truth = rgb[:, ::-1], truth[:, ::-1]
        turn = self.rng.random()
        if turn < 0.15:
            rgb, truth = rgb.transpose(1, 0, 2), truth.T
        elif turn < 0.2:
            rgb, truth = rgb[::-1], truth[::-1]
        return np.ascontiguousarray(rgb), np.ascontiguousarray(truth)


def tight_box(truth: Bool[np.ndarray, "G G"]) -> Float[np.ndarray, "4"]:
    """The box of a mask, xyxy."""
    ys, xs = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    return np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], float)

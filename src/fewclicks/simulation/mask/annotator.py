"""The simulated annotator of corrective-clicks (Sec. 3.1-3.2) and of the interactive-segmentation benchmarks."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from fewclicks.prompts import Click
from fewclicks.simulation.mask.settings import ClickKind

BoolMap = Bool[np.ndarray, "H W"]


@dataclass(frozen=True, slots=True)
class Annotator:
    """How a simulated annotator clicks.

    kind: in the centre of error regions, or on their boundary (Sec. 3.2.2).
    noise_px: standard deviation of the isotropic Gaussian on each click, pixels (Sec. 3.2.3).
    min_region_px: error regions below N x N pixels in area are ignored.
    """

    kind: ClickKind = "region"
    noise_px: float = 0.0
    min_region_px: float = 0.0

    def clicks(self, mask: BoolMap, truth: BoolMap, count: int, rng: np.random.Generator) -> tuple[Click, ...]:
        """Up to `count` corrections of `mask` towards `truth`; none without an error region that is large enough.

        A region is chosen with a probability proportional to its area; clicks in the same region are spread out.
        """
        regions = error_regions(mask, truth, self.min_region_px**2)
        if not regions:
            return ()
        areas = np.array([region.area for region in regions], float)
        shares = rng.multinomial(count, areas / areas.sum())
        clicks = []
        for region, share in zip(regions, shares, strict=True):
            if share:
                points = self._points(region, int(share), rng)
                clicks += [self._click(point, region.adds, truth.shape, rng) for point in points]
        return tuple(clicks)

    def _points(self, region: "Region", share: int, rng: np.random.Generator) -> list[Float[np.ndarray, "2"]]:
        return _spread(region, share, rng) if self.kind == "region" else _along_border(region, share, rng)

    def _click(
        self, point: Float[np.ndarray, "2"], adds: bool, size_hw: tuple[int, ...], rng: np.random.Generator
    ) -> Click:
        x, y = point + rng.normal(0, self.noise_px, 2) if self.noise_px else point
        return Click(float(np.clip(x, 0, size_hw[1])), float(np.clip(y, 0, size_hw[0])), adds)


@dataclass(frozen=True, slots=True)
class Region:
    """A connected error region: its pixels inside its box, where the box lies, and what a click there means."""

    pixels: Bool[np.ndarray, "h w"]
    offset_xy: tuple[int, int]
    area: int
    adds: bool


def error_regions(mask: BoolMap, truth: BoolMap, min_area: float = 0.0) -> list[Region]:
    """Connected regions (4-neighbours) that the mask misses or has too many, of at least `min_area` pixels."""
    regions = []
    for wrong, adds in ((truth & ~mask, True), (mask & ~truth, False)):
        number, labels, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8), connectivity=4)
        for label in range(1, number):
            x, y, w, h, area = (int(value) for value in stats[label])
            if area >= min_area:
                regions.append(Region(labels[y : y + h, x : x + w] == label, (x, y), area, adds))
    return regions


def region_centre(pixels: Bool[np.ndarray, "h w"]) -> Float[np.ndarray, "2"]:
    """The point (x, y) furthest from the region's border, in pixels of the region's box."""
    distance = cv2.distanceTransform(np.pad(pixels, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(distance.argmax()), pixels.shape)
    return np.array([x + 0.5, y + 0.5])


def _spread(region: Region, count: int, rng: np.random.Generator) -> list[Float[np.ndarray, "2"]]:
    """Partition the region into `count` parts of roughly equal area; the centre of each."""
    offset = np.array(region.offset_xy)
    if count == 1:
        return [region_centre(region.pixels) + offset]
    ys, xs = np.nonzero(region.pixels)
    points = np.stack([xs, ys], 1).astype(np.float32)
    count = min(count, len(points))
    sample = points[rng.permutation(len(points))[:2000]]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 0.5)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    _, _, centres = cv2.kmeans(sample, count, np.empty((0, 1), np.int32), criteria, 1, cv2.KMEANS_PP_CENTERS)
    nearest = ((points[:, None] - centres[None]) ** 2).sum(2).argmin(1)
    parts = []
    for part in range(count):
        pixels = np.zeros_like(region.pixels)
        pixels[ys[nearest == part], xs[nearest == part]] = True
        if pixels.any():
            parts.append(region_centre(pixels) + offset)
    return parts


def _along_border(region: Region, count: int, rng: np.random.Generator) -> list[Float[np.ndarray, "2"]]:
    """Points on the region's outline that divide it in equal lengths, from anywhere on it."""
    contours, _ = cv2.findContours(region.pixels.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)[:, 0] + np.array(region.offset_xy) + 0.5
    places = ((np.arange(count) + rng.random()) / count * len(outline)).astype(int)
    return list(outline[places % len(outline)].astype(float))


def benchmark_click(mask: BoolMap, truth: BoolMap, clicked: BoolMap) -> Click | None:
    """The click of the NoC protocol (RITM, Sec. 3): the point deepest inside the largest error, by distance.

    `clicked` marks pixels clicked before, which are not clicked again. Returns None without an error to click on.
    """
    depth = []
    for wrong in (truth & ~mask, mask & ~truth):
        distance = cv2.distanceTransform(np.pad(wrong, 1).astype(np.uint8), cv2.DIST_L2, 0)[1:-1, 1:-1]
        depth.append(distance * ~clicked)
    adds = bool(depth[0].max() > depth[1].max())
    deepest = depth[0] if adds else depth[1]
    if deepest.max() <= 0:
        return None
    y, x = np.unravel_index(int(deepest.argmax()), mask.shape)
    return Click(float(x) + 0.5, float(y) + 0.5, adds)


def perturbed_box(
    xyxy: tuple[float, float, float, float], rng: np.random.Generator, sigma: float = 60.0, min_iou: float = 0.7
) -> tuple[float, float, float, float]:
    """Corners moved by N(0, sigma pixels), drawn again until the box keeps IoU >= `min_iou` (Sec. 3.1).

    sigma is halved every 20 draws, since a small box would else never get one that is close enough.
    """
    tight = np.array(xyxy, float)
    area = np.prod(tight[2:] - tight[:2])
    for draw in range(400):
        box = tight + rng.normal(0, sigma * 0.5 ** (draw // 20), 4)
        overlap = np.minimum(box[2:], tight[2:]) - np.maximum(box[:2], tight[:2])
        if (overlap <= 0).any() or (box[2:] <= box[:2]).any():
            continue
        inter = np.prod(overlap)
        if inter / (np.prod(box[2:] - box[:2]) + area - inter) >= min_iou:
            return tuple(box.tolist())
    return xyxy

"""Simulated sessions of training, in which an annotator corrects the answers of the network."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.annotation_maps import GRID, annotation_maps, head_prompts
from fewclicks.methods.regions.inference.head_inputs import HeadInput, head_inputs
from fewclicks.methods.regions.inference.region_prompts import sort_by_region
from fewclicks.methods.regions.training.scenes import SCENE
from fewclicks.methods.shared.windows import Window, crop_image
from fewclicks.prompts import ExtremePoints, Scribble
from fewclicks.simulation.partition.annotator import correct, extreme_points
from fewclicks.simulation.partition.settings import Allocation

MOST_ROUNDS = 8  # answers in a session, that to the extreme points included
CARELESS = 4.0  # pixels that an extreme point may lie from the extreme in half of the scenes (DEXTR: 5)


@dataclass
class Session:
    """One simulated annotator at one scene, between two answers. `labels` number the regions from 1, 0 is void."""

    rgb: UInt8[np.ndarray, "S S 3"]
    labels: Int[np.ndarray, "S S"]
    extremes: list[ExtremePoints]
    rounds_left: int
    scribbles: list[Scribble] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        rgb: UInt8[np.ndarray, "S S 3"],
        labels: Int[np.ndarray, "S S"],
        rng: np.random.Generator,
        scribbles: bool,
    ) -> "Session":
        """Begin with extreme points on all regions. Without `scribbles` the session ends after the first answer."""
        reach = CARELESS if rng.random() < 0.5 else 0.0
        masks = [Mask.from_full(labels == number) for number in range(1, int(labels.max()) + 1)]
        extremes = [_drawable(mask, str(number), rng, reach) for number, mask in enumerate(masks, start=1)]
        return cls(rgb, labels, extremes, int(rng.integers(2, MOST_ROUNDS + 1)) if scribbles else 1)

    def goes_on(self, answer: Int[np.ndarray, "S S"], rng: np.random.Generator) -> bool:
        """Correct `answer` with scribbles; return False when the session is over."""
        self.rounds_left -= 1
        if self.rounds_left <= 0:
            return False
        targets = [points.target for points in self.extremes]
        budget = int(rng.integers(len(targets) // 3 + 1, len(targets) + 1))
        allocation: Allocation = "free" if rng.random() < 0.7 else "one-each"
        new = correct(answer, self.labels, targets, self.scribbles, allocation, rng, budget)
        self.scribbles += new
        return bool(new)

    def inputs(self) -> list[HeadInput]:
        """Return the head's input for each region, in the order of the labels."""
        return list(head_inputs(sort_by_region((*self.extremes, *self.scribbles), (SCENE, SCENE))).values())


@dataclass(frozen=True)
class HeadBatch:
    """The head's input for the N regions of one session; windows (as `corners`) and boxes are xyxy in scene pixels."""

    windows: list[Window]
    corners: Float[np.ndarray, "N 4"]
    boxes: Float[np.ndarray, "N 4"]
    rgb: UInt8[np.ndarray, "N G G 3"]
    prompts: Float[np.ndarray, "N C G G"]

    @classmethod
    def of(cls, session: Session, shared: bool) -> "HeadBatch":
        """Draw all maps of a session. `shared`: with the annotations of the other regions."""
        inputs = session.inputs()
        windows = [given.window for given in inputs]
        rgb = np.stack([crop_image(session.rgb, window, GRID) for window in windows])
        prompts = [
            head_prompts(annotation_maps(given), pixels, shared) for given, pixels in zip(inputs, rgb, strict=True)
        ]
        corners = np.array([[w.x0, w.y0, w.x0 + w.width, w.y0 + w.height] for w in windows], float)
        return cls(windows, corners, np.array([given.xyxy for given in inputs]), rgb, np.stack(prompts))


def mask_truth(labels: Int[np.ndarray, "S S"], number: int, window: Window) -> Float[np.ndarray, "G G"]:
    """Return the ground truth of the region `number` on the grid of `window`: 1 or 0; NaN where void or outside."""
    kx, ky = window.width / GRID, window.height / GRID
    matrix = np.array([[kx, 0, window.x0 + kx / 2 - 0.5], [0, ky, window.y0 + ky / 2 - 0.5]])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    cells = cv2.warpAffine(labels.astype(np.float32), matrix, (GRID, GRID), flags=flags, borderValue=0)
    return np.where(cells == 0, np.nan, cells == number)


def _drawable(mask: Mask, target: str, rng: np.random.Generator, reach: float) -> ExtremePoints:
    """Draw careless extreme points; exact ones when the careless ones span no box."""
    points = extreme_points(mask, target, rng, reach)
    x0, y0, x1, y1 = points.xyxy
    return points if min(x1 - x0, y1 - y0) >= 2 else extreme_points(mask, target, rng)

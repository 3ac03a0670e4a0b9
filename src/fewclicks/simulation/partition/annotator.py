"""The simulated annotator of full-image-scribbles (Sec. 4): extreme points, and scribbles on the worst errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int

from fewclicks.geometry.masks import Mask
from fewclicks.prompts import ExtremePoints, Scribble
from fewclicks.simulation.partition.settings import Allocation

Labels = Int[np.ndarray, "H W"]
TRIES = 10  # scribbles drawn for an error, of which the longest that stays inside is used
SMALLEST_ERROR = 10  # pixels; annotators overlook smaller errors
CURVE = np.linspace(0, 1, 24)[:, None]


def extreme_points(mask: Mask, target: str, rng: np.random.Generator, reach: float = 0.0) -> ExtremePoints:
    """Return a random pixel of the mask within `reach` pixels of each of its four extremes (DEXTR)."""
    tight = mask.tight()
    ys, xs = np.nonzero(tight.crop)
    h, w = tight.crop.shape
    points = []
    for axis, edge, depth in ((1, 0, ys), (0, 0, xs), (1, h, h - 1 - ys), (0, w, w - 1 - xs)):
        pick = rng.choice(np.flatnonzero(depth <= reach))
        point = [float(xs[pick]) + 0.5, float(ys[pick]) + 0.5]
        if reach == 0:
            point[axis] = float(edge)  # the outer edge of the pixel, so that the box is exact
        points.append((point[0] + tight.offset_xy[0], point[1] + tight.offset_xy[1]))
    return ExtremePoints(tuple(points), target)


@dataclass(frozen=True, slots=True)
class ErrorRegion:
    """Connected pixels of the region `truth` (a label, from 1) that the prediction gives to another region or to none.

    `importance`: how much the sum of all regions' IoU rises when they are corrected. `pixels` is a crop at `offset_xy`.
    """

    truth: int
    pixels: Bool[np.ndarray, "h w"]
    offset_xy: tuple[int, int]
    importance: float


def error_regions(predicted: Labels, truth: Labels) -> list[ErrorRegion]:
    """Return all errors of SMALLEST_ERROR pixels or more, the most important first.

    Labels count from 1; 0 in `truth` is void, and predictions there are ignored.
    """
    count = int(max(truth.max(), predicted.max())) + 1
    shown = np.where(truth > 0, predicted, 0)
    both = np.bincount((truth.astype(np.int64) * count + shown).ravel(), minlength=count * count).reshape(count, count)
    hit, union = np.diag(both), both[1:].sum(0) + both.sum(1) - np.diag(both)
    wrong = (truth > 0) & (predicted != truth)
    found = []
    for label in np.unique(truth[wrong]):
        found += _errors_of(int(label), wrong & (truth == label), predicted, hit, union)
    return sorted(found, key=lambda error: -error.importance)


def _errors_of(
    label: int, wrong: Bool[np.ndarray, "H W"], predicted: Labels, hit: np.ndarray, union: np.ndarray
) -> list[ErrorRegion]:
    number, components, stats, _ = cv2.connectedComponentsWithStats(wrong.astype(np.uint8), connectivity=4)
    errors = []
    for component in range(1, number):
        x, y, w, h, area = (int(value) for value in stats[component])
        if area < SMALLEST_ERROR:
            continue
        pixels = components[y : y + h, x : x + w] == component
        gain = area / max(union[label], 1)
        takers, taken = np.unique(predicted[y : y + h, x : x + w][pixels], return_counts=True)
        for taker, lost in zip(takers, taken, strict=True):
            if taker > 0 and union[taker] > lost:
                gain += hit[taker] / (union[taker] - lost) - hit[taker] / union[taker]
        errors.append(ErrorRegion(label, pixels, (x, y), float(gain)))
    return errors


def correct(
    predicted: Labels,
    truth: Labels,
    targets: Sequence[str],
    given: Sequence[Scribble],
    allocation: Allocation,
    rng: np.random.Generator,
    budget: int | None = None,
) -> list[Scribble]:
    """Draw one round of scribbles; `targets` names the regions 1, 2, ... of `truth`.

    One each: a scribble on the most important error of every region. Free: scribbles on the most important errors of
    all regions. At most `budget` scribbles, by default one a region. An error with a scribble of its region (one of
    `given`) in it is left out: the model does not correct it.
    """
    errors = [error for error in error_regions(predicted, truth) if not _tried(error, targets, given)]
    if allocation == "one-each":
        first: dict[int, ErrorRegion] = {}
        for error in errors:
            first.setdefault(error.truth, error)
        errors = list(first.values())
    chosen = errors[: len(targets) if budget is None else budget]
    return [Scribble(scribble(error, predicted, truth, rng), targets[error.truth - 1]) for error in chosen]


def _tried(error: ErrorRegion, targets: Sequence[str], given: Sequence[Scribble]) -> bool:
    h, w = error.pixels.shape
    for stroke in given:
        if stroke.target != targets[error.truth - 1]:
            continue
        xs, ys = (np.array(stroke.points_xy) - error.offset_xy).astype(int).T
        inside = (xs >= 0) & (ys >= 0) & (xs < w) & (ys < h)
        if error.pixels[ys[inside], xs[inside]].any():
            return True
    return False


def scribble(
    error: ErrorRegion, predicted: Labels, truth: Labels, rng: np.random.Generator
) -> tuple[tuple[float, float], ...]:
    """Draw a Bezier curve from where the error touches the correct pixels through two points inside it (Sec. 4).

    Of ten tries the longest that stays inside the region's ground truth; when none does, a dot deep inside the error.
    """
    starts, inside = _starts(error, predicted, truth), _points(error.pixels, error.offset_xy)
    height, width = truth.shape
    longest, best = 0.0, None
    for _ in range(TRIES):
        ends = inside[rng.integers(len(inside), size=2)] + rng.random((2, 2))
        path = _bezier(starts[rng.integers(len(starts))] + 0.5, *ends)
        if path.min() < 0 or (path >= (width, height)).any():
            continue
        length = float(np.hypot(*np.diff(path, axis=0).T).sum())
        if length > longest and _stays_inside(path, truth, error.truth):
            longest, best = length, path
    if best is None:
        depth = cv2.distanceTransform(np.pad(error.pixels, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        best = np.array([[x + error.offset_xy[0] + 0.5, y + error.offset_xy[1] + 0.5]])
    return tuple((float(x), float(y)) for x, y in best)


def _stays_inside(path: Float[np.ndarray, "T 2"], truth: Labels, label: int) -> bool:
    """Whether all pixels of the line along the path belong to the region."""
    cells = np.floor(path).astype(np.int32)
    (x0, y0), (x1, y1) = cells.min(0).tolist(), (cells.max(0) + 1).tolist()
    line = cv2.polylines(np.zeros((y1 - y0, x1 - x0), np.uint8), [cells - (x0, y0)], False, 1)
    return bool((truth[y0:y1, x0:x1][line > 0] == label).all())


def _starts(error: ErrorRegion, predicted: Labels, truth: Labels) -> Float[np.ndarray, "N 2"]:
    """Return the pixels of the error that touch correctly predicted pixels of its region; all pixels when none do."""
    h, w = error.pixels.shape
    x0, y0 = error.offset_xy
    top, left = max(y0 - 1, 0), max(x0 - 1, 0)
    around = np.s_[top : y0 + h + 1, left : x0 + w + 1]
    correct = (predicted[around] == error.truth) & (truth[around] == error.truth)
    grown = cv2.dilate(correct.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    touching = error.pixels & grown[y0 - top : y0 - top + h, x0 - left : x0 - left + w]
    return _points(touching if touching.any() else error.pixels, error.offset_xy)


def _points(pixels: Bool[np.ndarray, "h w"], offset_xy: tuple[int, int]) -> Float[np.ndarray, "N 2"]:
    ys, xs = np.nonzero(pixels)
    return np.stack([xs, ys], 1).astype(float) + offset_xy


def _bezier(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> Float[np.ndarray, "T 2"]:
    """Return the quadratic curve that starts at `start`, is at `middle` halfway, and ends at `end`."""
    control = 2 * middle - (start + end) / 2
    path: Float[np.ndarray, "T 2"] = (1 - CURVE) ** 2 * start + 2 * CURVE * (1 - CURVE) * control + CURVE**2 * end
    return path

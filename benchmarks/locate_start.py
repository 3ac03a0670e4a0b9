"""Suggested points before any training, from the points in a few images: whether they save a person time.

    python benchmarks/locate_start.py --data DIR [--detectors FOLDER]

DIR holds nuclei, bccd and red_cells. A simulated annotator puts coarse points on all objects of two or five training
images. `features` applies the closed form of the untrained refiner to these points, on the features of its network, and
suggests points where other images score high. `slots` gives the points to `detect` as class clicks in other images, and
suggests the centres of its boxes; FOLDER holds the weights of the folds of unseen.py, so that no weights have seen the
data. Each row is measured on test images, and its report is kept in --out; a second call skips finished rows. Without
--data, nothing is measured, and the table shows the reports that exist. It is printed and written to docs/locate.md.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float32, Float64, Int64
from trends import markdown, renewed

from fewclicks.answers import BoxesAnswer, PointsAnswer
from fewclicks.ask.costs import VERIFY_SECONDS
from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.files import read_json, write_text
from fewclicks.methods.detect import DETECT
from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.bags import sampled
from fewclicks.methods.locate.inference.closed_form import background_cells, discriminant
from fewclicks.methods.locate.inference.refinement import Constraints, refined
from fewclicks.methods.locate.inference.runtime import MAIN, Runtime
from fewclicks.methods.registry import files_of, open_model, shipped_files
from fewclicks.methods.shared.points.peaks import peaks, point_nms
from fewclicks.methods.shared.points.reading import read_at, reading_scale
from fewclicks.methods.shared.points.windows import LONGEST
from fewclicks.prompts import ClassClick, Example, Prompts
from fewclicks.simulation.points.localising import truths_of
from fewclicks.simulation.points.pairing import Pairs, in_all, paired
from fewclicks.simulation.points.person import annotated
from fewclicks.simulation.points.sets import read_sets
from fewclicks.simulation.points.truth import PointTruth
from fewclicks.simulation.time_model import HAND_BOX_SECONDS, NEXT_CLICK_SECONDS

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "benchmarks" / "reports" / "locate_start"
PAGE = ROOT / "docs" / "locate.md"

SETS = {
    "nuclei": ("nuclei/train.json", "nuclei/test.json"),
    "bccd": ("bccd@train", "bccd@test"),
    "red_cells": ("red_cells", None),
}
FOLDS = {"nuclei": "small", "bccd": "round", "red_cells": "round"}  # of the detectors that have not seen the set
IMAGES, SEEDS = (2, 5), (0, 1, 2)
CONFIDENCES = tuple(round(0.1 * step, 1) for step in range(1, 10))
COSTS = {"3 s": NEXT_CLICK_SECONDS, "7 s": HAND_BOX_SECONDS}  # of a point that a person adds

APART = 7.0  # cells between two suggestions, chosen on fluorescent_cells, adipocytes, bolts, spheres and particles
LEAST_PEAK = 0.1
PASSES = 2  # of refinement, from a peak to the middle of its object
EACH = 20  # points of a class that detect takes as examples, as in the page
SLOTS = 8  # classes that detect can tell apart

Suggest = Callable[[PointedImage], PointsAnswer]
Weights = Mapping[int, Float32[np.ndarray, "D+1"]]


@dataclass(frozen=True)
class Read:
    """The standardised features of an image without padding, and input pixels for each of its pixels."""

    maps: Float32[np.ndarray, "D h w"]
    scale: float

    def cells(self, points_xy: Float64[np.ndarray, "N 2"], stride: int) -> Float64[np.ndarray, "N 2"]:
        """Return points of the image in cells."""
        return points_xy * (self.scale / stride)


class Features:
    """The start from the features of the untrained refiner."""

    def __init__(self, images: Sequence[PointedImage]) -> None:
        """images: those with points."""
        files = shipped_files(REFINE)
        assert files is not None
        self._runtime = Runtime(files[MAIN], REFINE.name)
        self._stride = self._runtime.network.stride
        scales = [self._scale_of(image) for image in images]
        self._scale = float(np.median(scales))
        reads = [self._read(image, scale) for image, scale in zip(images, scales, strict=True)]
        self._weights = self._learnt(images, reads)

    def __call__(self, image: PointedImage) -> PointsAnswer:
        """Return the points where an image scores LEAST_PEAK or more, at most one within APART cells."""
        read = self._read(image, self._scale)
        classes = np.array([*self._weights])
        scores = np.stack([_scores(read.maps, weights) for weights in self._weights.values()])
        tops = [peaks(each, LEAST_PEAK)[0] for each in scores]
        channels = np.repeat(np.arange(len(tops)), [len(each) for each in tops])
        places = np.concatenate(tops)
        heights = sampled(scores, places)[channels, np.arange(len(places))]
        constraints = Constraints(self._runtime.network.radius, relative=self._runtime.network.relative, nearest=None)
        for _ in range(PASSES):
            places = refined(scores, places, channels, constraints)
        found = (heights + sampled(scores, places)[channels, np.arange(len(places))]).astype(np.float64) / 2
        kept = point_nms(places, found, APART)
        inside = np.clip(places[kept] * (self._stride / read.scale), 0, image.size_hw[::-1])
        return PointsAnswer(inside, np.clip(found[kept], 0, 1), classes[channels[kept]], ("",) * len(kept))

    def _scale_of(self, image: PointedImage) -> float:
        """Return the scale at which neighbours of any class are as far apart as the network expects."""
        of_one_class = np.zeros(len(image.points_xy), np.int64)
        return reading_scale(image.points_xy, of_one_class, image.size_hw, self._runtime.network.spacing)

    def _read(self, image: PointedImage, scale: float) -> Read:
        scale = min(scale, LONGEST / max(image.size_hw))
        height, width = (int(np.ceil(side * scale / self._stride)) for side in image.size_hw)
        maps = self._runtime.maps(read_at(image.pixels(), (scale, scale)))[:, :height, :width]
        flat = maps.reshape(len(maps), -1)
        mean, spread = flat.mean(1)[:, None, None], flat.std(1)[:, None, None] + 1e-6
        return Read((maps - mean) / spread, scale)

    def _learnt(self, images: Sequence[PointedImage], reads: Sequence[Read]) -> Weights:
        classes = np.unique(np.concatenate([image.class_ids for image in images])).tolist()
        return {class_id: self._learnt_class(class_id, images, reads) for class_id in classes}

    def _learnt_class(
        self, class_id: int, images: Sequence[PointedImage], reads: Sequence[Read]
    ) -> Float32[np.ndarray, "D+1"]:
        objects, background = [], []
        for image, read in zip(images, reads, strict=True):
            own = read.cells(image.points_xy[image.class_ids == class_id], self._stride)
            if len(own):
                objects.append(sampled(read.maps, own).T)
                background.append(
                    read.maps.reshape(len(read.maps), -1)[:, background_cells(own, read.maps.shape[1:])].T
                )
        return discriminant(np.concatenate(objects), np.concatenate(background))


def _columns(maps: Float32[np.ndarray, "D h w"], cells: Int64[np.ndarray, "C"]) -> Float32[np.ndarray, "C D"]:
    """Return the features of cells, which are numbered row by row."""
    return maps.reshape(len(maps), -1)[:, cells].T


def _scores(maps: Float32[np.ndarray, "D h w"], weights: Float32[np.ndarray, "D+1"]) -> Float32[np.ndarray, "h w"]:
    found: Float32[np.ndarray, "h w"] = np.clip(np.tensordot(weights[:-1], maps, 1) + weights[-1], 0, 1)
    return found


class Slots:
    """The start from the class slots of `detect`."""

    def __init__(self, images: Sequence[PointedImage], weights: Path) -> None:
        """images: those with points."""
        files = files_of(DETECT, weights)
        assert files is not None, f"{weights} is missing; train it with unseen.py"
        self._model = open_model(DETECT, files)
        self._examples = self._of(images)

    def __call__(self, image: PointedImage) -> PointsAnswer:
        """Return the centres of the boxes of an image."""
        prompts = Prompts(examples=self._examples)
        answer = self._model.respond(self._model.encode(image.pixels()), prompts).answer
        assert isinstance(answer, BoxesAnswer)
        centres = np.clip(answer.boxes[:, :2], 0, image.size_hw[::-1])
        return PointsAnswer(centres, answer.scores, answer.class_ids, ("",) * len(centres))

    def _of(self, images: Sequence[PointedImage]) -> tuple[Example, ...]:
        class_ids, counts = np.unique(np.concatenate([image.class_ids for image in images]), return_counts=True)
        left = dict.fromkeys(class_ids[np.argsort(-counts, kind="stable")][:SLOTS].tolist(), EACH)
        examples: list[Example] = []
        for image in images:
            clicks = []
            for (x, y), class_id in zip(image.points_xy.tolist(), image.class_ids.tolist(), strict=True):
                if left.get(class_id, 0):
                    left[class_id] -= 1
                    clicks.append(ClassClick(x, y, class_id))
            examples.extend(self._model.examples(self._model.encode(image.pixels()), clicks))
        return tuple(examples)


def with_points(source: PointedSource, count: int, seed: int) -> list[PointedImage]:
    """Return `count` random images with the coarse points of an annotator, two points or more each."""
    images = annotated(source, 1.0, seed).source.images
    order = np.random.default_rng(seed).permutation(len(images)).tolist()
    return [images[number] for number in order if len(images[number].points_xy) > 1][:count]


def pairs_from(found: Sequence[PointsAnswer], truths: Sequence[PointTruth], confidence: float) -> Pairs:
    """Return the pairs of suggestions of at least this confidence with objects, in all images and classes."""
    shown = [each.where(each.scores >= confidence) for each in found]
    return in_all(of_class for pair in zip(shown, truths, strict=True) for of_class in paired(*pair).values())


def measure(start: Suggest, test: PointedSource) -> dict[str, Any]:
    """Return the numbers of pairs, suggestions and objects by the lowest confidence that is shown."""
    truths, _ = truths_of(test)
    found = [start(image) for image in test.images]
    return {f"{each:g}": asdict(pairs_from(found, truths, each)) for each in CONFIDENCES}


def report_of(out: Path, of_set: str, arm: str, images: int, seed: int) -> Path:
    """Return where the report of a row is kept."""
    return out / f"{of_set}-{arm}-{images}.seed{seed}.json"


def run(of_set: str, images: int, seed: int, options: argparse.Namespace) -> None:
    """Write the reports of a set, unless they exist."""
    train, test = (name and str(options.data / name) for name in SETS[of_set])
    sets = read_sets(str(train), test)
    pointed = with_points(sets.train, images, seed)
    starts: dict[str, Callable[[], Suggest]] = {"features": lambda: Features(pointed)}
    if options.detectors:
        starts["slots"] = lambda: Slots(pointed, options.detectors / FOLDS[of_set] / "detect.onnx")
    for arm, start in starts.items():
        path = report_of(options.out, of_set, arm, images, seed)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps(measure(start(), sets.test), indent=1) + "\n")


def counted(out: Path, of_set: str, arm: str, images: int) -> dict[str, Pairs]:
    """Return the sums over seeds by confidence; none without reports."""
    sums = dict.fromkeys((f"{each:g}" for each in CONFIDENCES), Pairs())
    paths = [report_of(out, of_set, arm, images, seed) for seed in SEEDS]
    found = [cast(Mapping[str, Any], read_json(path)) for path in paths if path.exists()]
    return {name: sum((Pairs(**each[name]) for each in found), total) for name, total in sums.items()} if found else {}


def saved(found: Pairs, seconds: float) -> float:
    """Return the share of time that suggestions save, if each takes VERIFY_SECONDS and a missing point `seconds`."""
    return found.pairs / found.objects - VERIFY_SECONDS * found.points / (seconds * found.objects)


def shown(out: Path) -> str:
    """Return the table in Markdown. The confidence of a row is the best on the other data sets."""
    rows = []
    for arm in ("features", "slots"):
        for images in IMAGES:
            of_sets = {of_set: counted(out, of_set, arm, images) for of_set in SETS}
            if all(of_sets.values()):
                rows += [[of_set, arm, str(images), *cells(of_set, of_sets)] for of_set in SETS]
    savings = [f"saved, {name} a point" for name in COSTS]
    heading = ("data", "start", "images", "confidence", "precision", "recall", *savings, "best confidence", savings[0])
    return f"{markdown(heading, rows)}\n"


def cells(of_set: str, of_sets: Mapping[str, Mapping[str, Pairs]]) -> list[str]:
    """Return the figures of a set at the confidence that is best on the others, and its own best confidence."""
    own = of_sets[of_set]
    chosen = best([counts for name, counts in of_sets.items() if name != of_set])
    figures = [f"{own[chosen].precision or 0:.2f}", f"{own[chosen].recall or 0:.2f}"]
    savings = [f"{saved(own[chosen], seconds):.0%}" for seconds in COSTS.values()]
    highest = best([own])
    return [chosen, *figures, *savings, highest, f"{saved(own[highest], NEXT_CLICK_SECONDS):.0%}"]


def best(sets: Sequence[Mapping[str, Pairs]]) -> str:
    """Return the confidence that saves the largest share of the time, in the mean over data sets."""
    return max(sets[0], key=lambda each: sum(saved(counts[each], NEXT_CLICK_SECONDS) for counts in sets))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the sets; without it, nothing is measured")
    parser.add_argument("--detectors", type=Path, help="the folder of the weights that unseen.py trains")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder of the reports")
    options = parser.parse_args()
    if options.data:
        for seed in SEEDS:
            for of_set in SETS:
                for images in IMAGES:
                    run(of_set, images, seed, options)
    table = shown(options.out)
    print(table)
    text = PAGE.read_text(encoding="utf-8")
    write_text(PAGE, renewed(text, "locate-start", {"table": table}))


if __name__ == "__main__":
    main()

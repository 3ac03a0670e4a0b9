"""How good are the answers of a version? Its ranker and the calibration of its network learn that from photos.

`python -m fewclicks.methods.segment.training.judging WEIGHTS --data PATH ...` writes both for a version that is there.
Choose photos that the version was not trained on: of those it thinks too well.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fewclicks.datasets.masked_images import MaskedImage, Source, read_source
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.registry import files_of
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.runtime import load_runtime
from fewclicks.methods.segment.inference.window import deepest_point
from fewclicks.methods.segment.training.calibration import Pairs, calibration_of, weigh_first_clicks, write_calibration
from fewclicks.methods.segment.training.ranker import RankerData, collect, train_ranker
from fewclicks.methods.spec import Files, Resources
from fewclicks.prompts import Click

JUDGED_OBJECTS = 1000


def sessions() -> int:
    """Return the number of simulated sessions: for each object one with corrections and one with a first click."""
    return 2 * JUDGED_OBJECTS


def judge(weights: Path, sources: list[Source], advance: Callable[[], None], seed: int = 0) -> dict[str, float]:
    """Train M_r for the version `weights` on a sample of the sources, and calibrate the IoU that its network predicts.

    `advance` is called after each of `sessions()`. Returns the ranker's feature importances. Raises InputError
    when a file of the version is missing.
    """
    files = files_of(ROLE, weights)
    if files is None:
        raise InputError("file not found; choose another file", weights)
    model, objects = _uncalibrated(files), sample(sources, seed)
    data = collect(model, objects, seed, advance)
    pairs = _calibration(data) | _first_clicks(model, objects, seed, advance)
    for suffix in (".onnx", ".int8.onnx"):
        if pairs and suffix in files:
            write_calibration(files[suffix], **pairs)
    return train_ranker(data, weights.with_name(f"{weights.stem}_ranker.onnx"), seed)


def _uncalibrated(files: Files) -> SegmentModel:
    head = files[".int8.onnx"] if ".int8.onnx" in files else files[".onnx"]
    runtime = load_runtime(head, files[".encoder.onnx"], Resources().threads)
    runtime.network = runtime.network.uncalibrated()
    return SegmentModel(runtime)


def _calibration(data: RankerData) -> dict[str, Pairs]:
    """The pairs for all answers but those to a first click; none if the network predicts no IoU."""
    if data.predicted is None or data.is_first_click is None:
        return {}
    others = ~data.is_first_click
    return {"calibration": calibration_of(data.predicted[others], data.iou[others]) if others.any() else ()}


def _first_clicks(
    model: SegmentModel, objects: Sequence[tuple[MaskedImage, tuple[Mask, ...]]], seed: int, advance: Callable[[], None]
) -> dict[str, Pairs | tuple[float, ...]]:
    """The weights and pairs for answers to a first click, at the deepest point; none if the network predicts no IoU."""
    rows, ious = list[np.ndarray](), list[float]()
    for image, masks in objects:
        encoding = model.encode(image.pixels())
        for truth in masks:
            answer, features = model.first_click(encoding, Click(*deepest_point(truth), True))
            if features is not None:
                rows.append(features)
                ious.append(answer.iou(truth))
            advance()
    if not rows:
        return {}
    weights, pairs = weigh_first_clicks(np.array(rows), np.array(ious), seed)
    return {"first_weights": weights, "first_calibration": pairs}


def sample(sources: list[Source], seed: int) -> list[tuple[MaskedImage, tuple[Mask, ...]]]:
    """Objects drawn as the recipe draws them: by source weight, then image, then mask."""
    rng = np.random.default_rng(seed)
    weights = np.array([source.weight for source in sources])
    chosen: list[tuple[MaskedImage, tuple[Mask, ...]]] = []
    for index in rng.choice(len(sources), JUDGED_OBJECTS, p=weights / weights.sum()):
        images = sources[index].images
        image = images[rng.integers(len(images))]
        chosen.append((image, (image.masks[rng.integers(len(image.masks))],)))
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fewclicks.methods.segment.training.judging", description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", action="append", required=True)
    parser.add_argument("--held-out", action="store_true", help="use only the photos that training leaves out")
    given = parser.parse_args()
    sources = [read_source(spec) for spec in given.data]
    if given.held_out:
        sources = [held for source in sources if (held := source.held_out()[1]).images]
    print(judge(given.weights, sources, lambda: None))


if __name__ == "__main__":
    main()

"""How good are the answers of a version? Its ranker and the calibration of its network learn that from photos.

`python -m fewclicks.methods.segment.training.judging WEIGHTS --data PATH ...` writes both for a version that is there.
Choose photos that the version was not trained on: of those it thinks too well.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from fewclicks.datasets.masked_images import MaskedImage, Source, read_source
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.registry import files_of
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.runtime import load_runtime
from fewclicks.methods.segment.training.calibration import Pairs, calibration_of, write_calibration
from fewclicks.methods.segment.training.ranker import RankerData, collect, train_ranker
from fewclicks.methods.spec import Files, Resources

JUDGED_OBJECTS = 1000


def judge(weights: Path, sources: list[Source], advance: Callable[[], None], seed: int = 0) -> dict[str, float]:
    """Train M_r for the version `weights` on a sample of the sources, and calibrate the IoU that its network predicts.

    `advance` is called after each of the `JUDGED_OBJECTS`. Returns the ranker's feature importances. Raises InputError
    when a file of the version is missing.
    """
    files = files_of(ROLE, weights)
    if files is None:
        raise InputError("file not found; choose another file", weights)
    data = collect(_uncalibrated(files), sample(sources, seed), seed, advance)
    pairs = _calibrations(data)
    for suffix in (".onnx", ".int8.onnx"):
        if pairs and suffix in files:
            write_calibration(files[suffix], **pairs)
    return train_ranker(data, weights.with_name(f"{weights.stem}_ranker.onnx"), seed)


def _uncalibrated(files: Files) -> SegmentModel:
    head = files[".int8.onnx"] if ".int8.onnx" in files else files[".onnx"]
    runtime = load_runtime(head, files[".encoder.onnx"], Resources().threads)
    runtime.network = replace(runtime.network, calibration=(), first_calibration=())
    return SegmentModel(runtime)


def _calibrations(data: RankerData) -> dict[str, Pairs]:
    """The pairs for first clicks and for all other answers, or () without such answers; none at all if the network
    predicts no IoU.
    """
    if data.predicted is None or data.is_first_click is None:
        return {}
    kinds = {"calibration": ~data.is_first_click, "first_calibration": data.is_first_click}
    return {
        name: calibration_of(data.predicted[kind], data.iou[kind]) if kind.any() else () for name, kind in kinds.items()
    }


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

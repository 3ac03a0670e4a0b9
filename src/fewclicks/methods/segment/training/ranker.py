"""Training the ranker M_r on simulated sessions (corrective-clicks, Sec. 4.2), exported to ONNX."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from jaxtyping import Float32
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestRegressor

from fewclicks.answers import MaskAnswer
from fewclicks.datasets.masked_images import MaskedImage
from fewclicks.errors import FewclicksError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.segment.inference.ranker import FEATURE_NAMES, Ranker, RoundFeatures, round_features
from fewclicks.methods.shared.object_prompts import ObjectPrompts
from fewclicks.model import E, M, Model
from fewclicks.prompts import Click
from fewclicks.simulation.mask.sessions import Habits, Trace, run_rounds
from fewclicks.simulation.mask.settings import Start

TREES, SMALLEST_LEAF = 100, 8
STARTS: tuple[Start, ...] = ("box", "loose", "nothing")


@dataclass(frozen=True)
class RankerData:
    """One row for each answered round: the five features, the IoU of the answer, and the IoU that the network predicts,
    if it predicts one.
    """

    features: Float32[np.ndarray, "N 5"]
    iou: Float32[np.ndarray, "N"]
    predicted: Float32[np.ndarray, "N"] | None = None


def collect(
    model: Model[E, MaskAnswer, M],
    objects: Sequence[tuple[MaskedImage, tuple[Mask, ...]]],
    seed: int = 0,
    advance: Callable[[], None] = lambda: None,
) -> RankerData:
    """Simulate annotators with several habits (1 to 4 clicks a round, some noise) on every object.

    `model` has no ranker.
    """
    rng = np.random.default_rng(seed)
    rows: list[RoundFeatures] = []
    ious: list[float] = []
    predicted: list[float] = []
    for image, masks in objects:
        encoding = model.encode(image.pixels())
        for truth in masks:
            habits = Habits(
                start=STARTS[rng.integers(len(STARTS))],
                rounds=4,
                per_round=int(rng.integers(1, 5)),
                noise=float(rng.choice([0.0, 3.0])),
                min_region=float(rng.choice([0.0, 10.0])),
            )
            trace = run_rounds(model, encoding, truth, habits, rng)
            for features, iou in _rows(trace, truth):
                rows.append(features)
                ious.append(iou)
            predictions = (answer.predicted_iou for answer in trace.answers if answer)
            predicted += [each for each in predictions if each is not None]
            advance()
    table = np.concatenate([row.array() for row in rows])
    return RankerData(table, np.array(ious, np.float32), np.array(predicted, np.float32) if predicted else None)


def _rows(trace: Trace, truth: Mask) -> list[tuple[RoundFeatures, float]]:
    """The features of each round, as the model computes them, and the IoU of its answer."""
    rows = []
    before = Mask.empty(truth.size_hw)
    rounds: list[tuple[int, tuple[Click, ...]]] = list(enumerate(trace.clicks, 1))
    if trace.first:
        before = ObjectPrompts.of((trace.first,), truth.size_hw).first_mask(truth.size_hw)
        rounds.insert(0, (0, ()))
    for answer, (number, clicks) in zip([answer for answer in trace.answers if answer], rounds, strict=True):
        rows.append((round_features(before, answer.mask, clicks, number), answer.mask.iou(truth)))
        before = answer.mask
    return rows


def train_ranker(data: RankerData, path: Path, seed: int = 0) -> dict[str, float]:
    """Fit the forest, write it to `path`, return the importance of each feature.

    Raises FewclicksError, and writes nothing, when the predictions of the ONNX file differ from the forest's.
    """
    forest = RandomForestRegressor(TREES, min_samples_leaf=SMALLEST_LEAF, random_state=seed, n_jobs=1)
    forest.fit(data.features, data.iou)
    model = to_onnx(forest, data.features[:1], target_opset=17)
    model.graph.input[0].name = _renamed(model, model.graph.input[0].name, "features")
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(model.SerializeToString())
    ranker = Ranker(temporary)
    sample = data.features[:: max(1, len(data.features) // 200)]
    got = [ranker.predicted_iou(RoundFeatures.from_array(row)) for row in sample]
    if not np.abs(got - forest.predict(sample).clip(0, 1)).max() <= 1e-4:  # NaN is a difference too
        temporary.unlink()
        raise FewclicksError(f"{path}: not written; ONNX differs from the forest")
    os.replace(temporary, path)
    return dict(zip(FEATURE_NAMES, forest.feature_importances_.tolist(), strict=True))


def _renamed(model: onnx.ModelProto, old: str, new: str) -> str:
    for node in model.graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
    return new

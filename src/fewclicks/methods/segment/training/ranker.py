"""Training the ranker M_r on simulated sessions (corrective-clicks, Sec. 4.2), exported to ONNX."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from jaxtyping import Bool, Float32
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
PER_ROUND = (1, 1, 2, 3, 4)  # clicks a round, each as often as the others
STARTS: tuple[Start, ...] = ("box", "loose", "nothing")


@dataclass(frozen=True, slots=True)
class Judged:
    """An answered round: its features, the IoU of the answer, the IoU that the network predicts (None if it predicts
    none), and whether a first click alone was answered.
    """

    features: RoundFeatures
    iou: float
    predicted: float | None
    is_first_click: bool


@dataclass(frozen=True)
class RankerData:
    """The same of N answered rounds as arrays."""

    features: Float32[np.ndarray, "N 5"]
    iou: Float32[np.ndarray, "N"]
    predicted: Float32[np.ndarray, "N"] | None = None
    is_first_click: Bool[np.ndarray, "N"] | None = None

    @classmethod
    def of(cls, rows: Sequence[Judged]) -> "RankerData":
        """Return the rows as arrays, without predictions if a row has none."""
        known = [row.predicted for row in rows if row.predicted is not None]
        return cls(
            np.concatenate([row.features.array() for row in rows]),
            np.array([row.iou for row in rows], np.float32),
            np.array(known, np.float32) if len(known) == len(rows) else None,
            np.array([row.is_first_click for row in rows]),
        )


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
    rows: list[Judged] = []
    for image, masks in objects:
        encoding = model.encode(image.pixels())
        for truth in masks:
            habits = Habits(
                start=STARTS[rng.integers(len(STARTS))],
                rounds=4,
                per_round=int(rng.choice(PER_ROUND)),
                noise=float(rng.choice([0.0, 3.0])),
                min_region=float(rng.choice([0.0, 10.0])),
            )
            rows += _rows(run_rounds(model, encoding, truth, habits, rng), truth)
            advance()
    return RankerData.of(rows)


def _rows(trace: Trace, truth: Mask) -> list[Judged]:
    """The rounds of a session, with features as the model computes them."""
    rows = []
    before = Mask.empty(truth.size_hw)
    rounds: list[tuple[int, tuple[Click, ...]]] = list(enumerate(trace.clicks, 1))
    if trace.first:
        before = ObjectPrompts.of((trace.first,), truth.size_hw).first_mask(truth.size_hw)
        rounds.insert(0, (0, ()))
    for answer, (number, clicks) in zip([answer for answer in trace.answers if answer], rounds, strict=True):
        features = round_features(before, answer.mask, clicks, number)
        is_first_click = not trace.first and number == len(clicks) == 1
        rows.append(Judged(features, answer.mask.iou(truth), answer.predicted_iou, is_first_click))
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
        raise FewclicksError(f"{path}: not written; the ONNX model and the random forest give different results")
    os.replace(temporary, path)
    return dict(zip(FEATURE_NAMES, forest.feature_importances_.tolist(), strict=True))


def _renamed(model: onnx.ModelProto, old: str, new: str) -> str:
    for node in model.graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
    return new

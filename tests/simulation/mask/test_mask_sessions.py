import numpy as np
import pytest

from fewclicks.geometry.masks import Mask
from fewclicks.methods.baselines.grabcut import GrabCut
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.segment import ROLE
from fewclicks.methods.segment.inference.model import SegmentModel
from fewclicks.methods.segment.inference.opening import open_model
from fewclicks.prompts import BoxPrompt, ExtremePoints
from fewclicks.simulation.mask.sessions import Habits, first_prompts, run_noc, run_rounds
from fewclicks.simulation.time_model import round_seconds


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, Mask]:
    ys, xs = np.mgrid[:120, :160]
    truth = (np.hypot(xs - 70, ys - 60) < 30) | ((abs(xs - 100) < 25) & (abs(ys - 60) < 8))
    image = np.random.default_rng(0).integers(60, 90, (120, 160, 3), dtype=np.uint8)
    image[truth] += 20  # too faint to be all found at once
    return image, Mask.from_full(truth)


@pytest.fixture(scope="module")
def model() -> SegmentModel:
    files = shipped_files(ROLE)
    assert files is not None
    return open_model(files)


def test_first_prompts(scene) -> None:
    truth = scene[1]
    rng = np.random.default_rng(0)
    (box,) = first_prompts(truth, "box", rng)
    assert isinstance(box, BoxPrompt)
    assert box.xyxy == truth.xyxy
    (points,) = first_prompts(truth, "extreme", rng)
    assert isinstance(points, ExtremePoints)
    assert points.xyxy == truth.xyxy
    assert first_prompts(truth, "nothing", rng) == ()


@pytest.mark.parametrize("start", ["box", "loose", "extreme", "nothing"])
def test_rounds_improve_a_mask(scene, model: SegmentModel, start) -> None:
    image, truth = scene
    trace = run_rounds(model, model.encode(image), truth, Habits(start=start), np.random.default_rng(0))
    ious = [answer.mask.iou(truth) if answer else 0.0 for answer in trace.answers]
    assert 1 < len(ious) <= 4
    assert len(trace.clicks) == len(ious) - 1
    assert (trace.answers[0] is None) == (start == "nothing")
    assert ious[-1] > 0.8
    assert ious[-1] >= ious[0] - 0.02


def test_the_same_seed_gives_the_same_session(scene, model: SegmentModel) -> None:
    image, truth = scene
    encoding = model.encode(image)
    habits = Habits("loose", rounds=2, per_round=2, noise=3)
    runs = [run_rounds(model, encoding, truth, habits, np.random.default_rng(5)) for _ in range(2)]
    assert runs[0].clicks == runs[1].clicks
    assert runs[0].answers[-1].mask == runs[1].answers[-1].mask  # type: ignore[union-attr]


def test_noc_counts_from_nothing_and_from_a_box(scene, model: SegmentModel) -> None:
    image, truth = scene
    for each, start in ((model, "nothing"), (GrabCut(), "box")):
        needed, trace = run_noc(
            each, each.encode(image), truth, Habits(start), (0.5, 0.9), np.random.default_rng(0)
        )
        assert 0 <= needed[0.5] <= needed[0.9] <= 20
        assert len(trace.milliseconds) <= 21


def test_time_model_has_the_paper_s_times() -> None:
    assert [round_seconds(count) for count in (0, 1, 2, 4)] == [4, 8, 11, 17]

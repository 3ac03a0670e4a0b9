"""What judges the answers of a version: photos that are held out, the calibration, and the ranker."""

import json
import shutil
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="training needs fewclicks[train]")
torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
from fewclicks.datasets.masked_images import MaskedImage, Source, read_source  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.geometry.masks import Mask  # noqa: E402
from fewclicks.methods.segment.inference.look import FEATURES  # noqa: E402
from fewclicks.methods.segment.inference.model import SegmentModel  # noqa: E402
from fewclicks.methods.segment.inference.ranker import RoundFeatures  # noqa: E402
from fewclicks.methods.segment.inference.runtime import NetworkInfo, load_runtime, open_session  # noqa: E402
from fewclicks.methods.segment.training import judging  # noqa: E402
from fewclicks.methods.segment.training.calibration import (  # noqa: E402
    BINS,
    calibration_of,
    weigh_first_clicks,
    write_calibration,
)
from fewclicks.methods.segment.training.export import export_segment  # noqa: E402
from fewclicks.methods.segment.training.ranker import Judged, RankerData  # noqa: E402
from fewclicks.methods.segment.training.recipe import SegmentTask  # noqa: E402
from fewclicks.methods.segment.training.sessions import Settings  # noqa: E402
from fewclicks.methods.segment.training.train import split  # noqa: E402
from fewclicks.prompts import BoxPrompt, Prompts  # noqa: E402

SHIPPED = Path(str(resources.files("fewclicks.methods") / "weights" / "segment.onnx"))
MASK = Mask.from_full(np.ones((8, 8), bool))


def source(photos: int, people: int = 1) -> Source:
    """Photos in another order than that of their names, each by several people."""
    paths = [Path(f"{number:02}.png") for number in reversed(range(photos))]
    return Source("photos", tuple(MaskedImage(path, (MASK,)) for path in paths for _ in range(people)), 2.0)


def test_every_tenth_photo_is_held_out_with_all_its_annotators() -> None:
    rest, held = source(25, people=2).held_out()
    assert [image.path.stem for image in held.images] == ["19", "19", "09", "09"]
    assert len(rest.images) == 46
    assert (rest.weight, held.weight, held.name) == (2.0, 2.0, "photos")


def test_small_sets_are_trained_on_and_judge_nothing_unless_all_are_small() -> None:
    large, small = source(10), source(9)
    learning, judging_ = split([large, small])
    assert [len(each.images) for each in learning] == [9, 9]
    assert [len(each.images) for each in judging_] == [1]
    assert split([small]) == ([small], [small])


def test_a_calibration_is_the_mean_of_the_true_values() -> None:
    rng = np.random.default_rng(0)
    predicted = rng.random(4000).astype(np.float32)
    true = (rng.random(4000) < predicted**2).astype(np.float32)
    pairs = np.array(calibration_of(predicted, true))
    assert len(pairs) == BINS
    np.testing.assert_allclose(pairs[:, 1], pairs[:, 0] ** 2, atol=0.1)
    assert (np.diff(pairs, axis=0) >= 0).all()


def test_a_calibration_of_equal_predictions_is_one_pair() -> None:
    pairs = calibration_of(np.full(50, 0.5, np.float32), np.linspace(0, 1, 50, dtype=np.float32))
    assert pairs == (pytest.approx((0.5, 0.5), abs=0.01),)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    pixels = np.full((64, 64, 3), 90, np.uint8)
    cv2.rectangle(pixels, (16, 16), (48, 48), (200, 40, 40), -1)
    cv2.imwrite(str(folder / "a.png"), pixels)
    ring = [16, 16, 49, 16, 49, 49, 16, 49]
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [16, 16, 33, 33], "area": 1089, "iscrowd": 0}
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 64}],
        "annotations": [{**annotation, "segmentation": [ring]}],
        "categories": [{"id": 1, "name": "thing"}],
    }
    (folder / "train.json").write_text(json.dumps(content))
    return folder / "train.json"


@pytest.fixture(scope="module")
def version(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version whose network predicts an IoU that it has not learnt."""
    path = tmp_path_factory.mktemp("version") / "tried.onnx"
    task = SegmentTask(Settings(batch=1), [read_source(str(data))], SHIPPED, torch.device("cpu"))
    export_segment(task.network.eval(), path, open_session(SHIPPED, 1)[1])
    unlearnt = ((0.0, 0.0), (1.0, 0.01))
    write_calibration(
        path, calibration=unlearnt, first_calibration=unlearnt, first_weights=(0.01,) * (1 + len(FEATURES))
    )
    shutil.copyfile(path, path.with_suffix(".int8.onnx"))
    return path


def test_judging_calibrates_all_files_anew_and_writes_the_ranker(
    data: Path, version: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judging, "JUDGED_OBJECTS", 12)
    monkeypatch.setattr(sys, "argv", ["judging", str(version), "--data", str(data)])
    judging.main()
    assert "delta IoU" in capsys.readouterr().out
    assert version.with_name("tried_ranker.onnx").exists()
    networks = [open_session(version.with_suffix(end), 1)[1] for end in (".onnx", ".int8.onnx")]
    assert networks[0] == networks[1]
    assert max(expected for _, expected in networks[0].calibration) > 0.5, "of what it predicts without the earlier one"
    assert max(expected for _, expected in networks[0].first_calibration) > 0.1
    assert len(networks[0].first_weights) == 1 + len(FEATURES)
    assert networks[0].first_weights != (0.01,) * (1 + len(FEATURES))


def test_first_clicks_are_left_out_of_the_calibration_of_other_answers() -> None:
    first = np.arange(80) % 2 == 0
    rows = [
        Judged(RoundFeatures(1, 1, 0.0, 0.0, 0.0), 0.2 if is_first else 0.9, 0.6, bool(is_first)) for is_first in first
    ]
    assert judging._calibration(RankerData.of(rows)) == {"calibration": (pytest.approx((0.6, 0.9)),)}
    silent = RankerData.of([replace(row, predicted=None) for row in rows])
    assert judging._calibration(silent) == {}


def test_the_weights_of_first_clicks_predict_their_iou() -> None:
    rng = np.random.default_rng(0)
    scales = 10 ** rng.uniform(-2, 2, len(FEATURES))
    features = (rng.normal(size=(400, len(FEATURES))) * scales).astype(np.float32)
    true = (0.5 + 0.15 * features[:, 1] / features[:, 1].std() + rng.normal(0, 0.05, 400)).clip(0, 1)
    weights, pairs = weigh_first_clicks(features, true, seed=0)
    network = NetworkInfo("w", "crop", "region", "disk", True, first_calibration=pairs, first_weights=weights)
    predicted = [network.calibrated_first(0.5, row) for row in features]
    assert np.corrcoef(predicted, true)[0, 1] > 0.9
    assert abs(np.mean(predicted) - true.mean()) < 0.02


def test_few_answers_are_one_bin() -> None:
    assert calibration_of(np.array([0.2, 0.6], np.float32), np.array([0, 1], np.float32)) == (
        pytest.approx((0.4, 0.5)),
    )


def test_a_file_of_an_earlier_version_answers_without_a_prediction(data: Path, version: Path, tmp_path: Path) -> None:
    shutil.copyfile(version.with_suffix(".encoder.onnx"), tmp_path / "earlier.encoder.onnx")
    model = onnx.load(version)
    del model.graph.output[1]
    onnx.save(model, tmp_path / "earlier.onnx")
    runtime = load_runtime(tmp_path / "earlier.onnx", tmp_path / "earlier.encoder.onnx", 1)
    assert not runtime.predicts_quality
    segment = SegmentModel(runtime)
    encoding = segment.encode(read_source(str(data)).images[0].pixels())
    assert segment.respond(encoding, Prompts.of(BoxPrompt(16, 16, 49, 49))).answer.predicted_iou is None


def test_a_version_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.onnx: file not found"):
        judging.judge(tmp_path / "absent.onnx", [source(1)], lambda: None)

"""The recipe of `regions` end to end on made-up partitions, with settings of seconds."""

import json
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
from fewclicks.cli import app  # noqa: E402
from fewclicks.datasets.masked_images import read_source  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.methods.regions.training.recipe import RegionsTask, Settings  # noqa: E402
from fewclicks.methods.regions.training.train import train_regions  # noqa: E402
from fewclicks.methods.shared.onnx_files import open_onnx  # noqa: E402
from fewclicks.training.loop import Budget, run  # noqa: E402


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos, each a ground, a sky, a disk and a strip of void, as label images."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("photos", "photos_labels"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        labels = np.ones((96, 128), np.uint8)
        labels[40:] = 2
        cv2.circle(labels, (int(rng.integers(40, 90)), 50), 16, 3, -1)
        colours = np.array([[0, 0, 0], [200, 160, 90], [40, 120, 50], [30, 40, 200]], np.uint8)
        noise = rng.integers(0, 20, (96, 128, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / "photos" / f"{number}.jpg"), colours[labels] + noise)
        cv2.imwrite(str(folder / "photos_labels" / f"{number}_1.png"), labels)
    return folder / "photos"


@pytest.mark.parametrize(
    "settings",
    [Settings(batch=1), Settings(loss="mask", shared=False, batch=1), Settings(scribbles=False, batch=1)],
    ids=["full", "single", "points"],
)
def test_every_switch_trains(settings: Settings, backbone: Path, data: Path, tmp_path: Path) -> None:
    task = RegionsTask(settings, [read_source(str(data))], backbone, torch.device("cpu"))
    before = task.network.head.decoder.answer.weight.clone()
    run(task, tmp_path, Budget(steps=3))
    assert not torch.equal(before, task.network.head.decoder.answer.weight)


def test_train_then_simulate(backbone: Path, data: Path, tmp_path: Path) -> None:
    train = ["train", "regions", "--data", str(data), "--backbone", str(backbone), "--out", str(tmp_path)]
    result = CliRunner().invoke(app, [*train, "--steps", "2", "--batch", "1"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    weights = tmp_path / "regions.onnx"
    assert json.loads(weights.with_suffix(".json").read_text())["method"] == "regions"

    report, plot = tmp_path / "report.json", tmp_path / "curve.png"
    simulate = ["simulate", "regions", "--data", str(data), "--weights", str(weights), "--scribbles", "2"]
    result = CliRunner().invoke(app, [*simulate, "--json", str(report), "--plot", str(plot)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = json.loads(report.read_text())
    assert found["regions"] == 9
    assert len(found["miou_by_scribbles"]) == len(found["spend_by_scribbles"]) == 3
    assert 0 <= found["miou_by_scribbles"][0] <= 1
    assert found["spend_by_scribbles"][0] == 0
    assert found["spend_by_scribbles"][2] <= 2
    assert found["things"] is None
    assert plot.stat().st_size > 1000

    result = CliRunner().invoke(app, [*simulate, "--model", "single"])
    assert result.exit_code != 0
    assert "expected weights of a single-region model" in str(result.exception)


SHIPPED = Path(str(resources.files("fewclicks.methods") / "weights" / "regions.onnx"))


def test_a_trained_model_goes_on_from_where_it_was(data: Path, tmp_path: Path) -> None:
    task = RegionsTask(Settings(batch=1), [read_source(str(data))], SHIPPED, torch.device("cpu"))
    task.network.eval()
    (fed,) = task.examples()
    with torch.no_grad():
        features, windows, rgb, prompts = map(torch.from_numpy, fed.values())
        answered = task.network.respond(features, windows, rgb.permute(0, 3, 1, 2).float(), prompts).numpy()
    (exported,) = open_onnx(SHIPPED).run(None, fed)
    assert np.abs(answered - exported).max() < 0.01 * exported.std()
    with pytest.raises(InputError, match="other switches"):
        train_regions(Settings(loss="mask"), [read_source(str(data))], SHIPPED, tmp_path, Budget(steps=1), "x")

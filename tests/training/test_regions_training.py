"""The recipe of `regions` end to end on synthetic partitions, in seconds."""

import json
import shutil
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")
from fewclicks.answers import PartitionAnswer  # noqa: E402
from fewclicks.datasets.masked_images import read_source  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.methods.regions import METHOD  # noqa: E402
from fewclicks.methods.regions.options import RegionsOptions  # noqa: E402
from fewclicks.methods.regions.training.eight_bits import copy_encoder  # noqa: E402
from fewclicks.methods.regions.training.recipe import RegionsTask, Settings  # noqa: E402
from fewclicks.methods.regions.training.settings import TrainSettings  # noqa: E402
from fewclicks.methods.regions.training.train import train, train_regions  # noqa: E402
from fewclicks.methods.registry import files_of, open_model, shipped_files  # noqa: E402
from fewclicks.methods.shared.encoded_image import encoder_input  # noqa: E402
from fewclicks.methods.shared.onnx_files import open_onnx  # noqa: E402
from fewclicks.model import Model  # noqa: E402
from fewclicks.simulation.partition.run import run as simulate  # noqa: E402
from fewclicks.simulation.partition.settings import PartitionSettings  # noqa: E402
from fewclicks.simulation.plots import plot_report  # noqa: E402
from fewclicks.simulation.spec import Subject  # noqa: E402
from fewclicks.training.loop import Budget, run  # noqa: E402

(ROLE,) = METHOD.roles
SHIPPED = (shipped_files(ROLE) or {})[".onnx"]


class Counting:
    """Counts what is done."""

    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done = 0

    def start(self, what: str, total: int) -> None:
        self.totals.append(total)

    def advance(self) -> None:
        self.done += 1


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
    watch = Counting()
    weights = train(TrainSettings(data=(str(data),), backbone=backbone, out=tmp_path, steps=2, batch=1), watch)
    assert weights == tmp_path / "regions.onnx"
    assert (watch.totals, watch.done) == ([100], 50)  # percents at the beginning of the last of two steps
    card = json.loads(weights.with_suffix(".json").read_text())
    assert (card["method"], card["name"]) == ("regions", "regions")
    assert card["settings"] == {"loss": "pixel", "shared": True, "scribbles": True, "batch": 1, "seed": 0}

    files, plot = files_of(ROLE, weights), tmp_path / "curve.png"
    assert files is not None
    model = cast(Model[object, PartitionAnswer, object], open_model(ROLE, files))
    report = simulate(Subject(model, ROLE.prompts), PartitionSettings(data=data, scribbles=2), Counting())
    found = json.loads(report.text())
    plot_report(report, plot)
    assert found["weights"].startswith("regions-")
    assert found["regions"] == 9
    assert len(found["miou_by_scribbles"]) == len(found["spend_by_scribbles"]) == 3
    assert 0 <= found["miou_by_scribbles"][0] <= 1
    assert found["spend_by_scribbles"][0] == 0
    assert found["spend_by_scribbles"][2] <= 2
    assert found["things"] is None
    assert plot.stat().st_size > 1000
    with pytest.raises(InputError, match="expected weights of a single-region model"):
        open_model(ROLE, files, options=RegionsOptions(expect="single"))


@pytest.mark.parametrize("length", [{}, {"minutes": 1, "steps": 1}])
def test_a_run_needs_minutes_or_steps(length: dict[str, int], backbone: Path, data: Path, tmp_path: Path) -> None:
    settings = TrainSettings(data=(str(data),), backbone=backbone, out=tmp_path, **length)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected either --minutes or --steps"):
        train(settings, Counting())


def test_training_continues_from_a_trained_model(data: Path, tmp_path: Path) -> None:
    task = RegionsTask(Settings(batch=1), [read_source(str(data))], SHIPPED, torch.device("cpu"))
    task.network.eval()
    (fed,) = task.examples()
    with torch.no_grad():
        features, windows, rgb, prompts = map(torch.from_numpy, fed.values())
        answered = task.network.respond(features, windows, rgb.permute(0, 3, 1, 2).float(), prompts).numpy()
    (exported,) = open_onnx(SHIPPED).run(None, fed)
    assert np.abs(answered - exported).max() < 0.01 * exported.std()
    with pytest.raises(InputError, match="trained with other options"):
        train_regions(Settings(loss="mask"), [read_source(str(data))], SHIPPED, tmp_path, Budget(steps=1), "x")


def test_the_copy_of_the_encoder_has_the_ranges_of_photos(data: Path, tmp_path: Path) -> None:
    for suffix in (".onnx", ".encoder.onnx"):
        shutil.copyfile(SHIPPED.with_suffix(suffix), tmp_path / f"again{suffix}")
    assert copy_encoder(tmp_path / "again.onnx", [read_source(str(data))])
    names = ("again.encoder.onnx", "again.encoder.int8.onnx")
    photo = encoder_input(read_source(str(data)).images[0].pixels())[0]
    exact, copied = (open_onnx(tmp_path / name).run(None, {"rgb": photo[None]})[0] for name in names)
    assert 0 < np.abs(exact - copied).mean() < 0.15 * exact.std()
    assert (tmp_path / names[1]).stat().st_size < 0.7 * (tmp_path / names[0]).stat().st_size

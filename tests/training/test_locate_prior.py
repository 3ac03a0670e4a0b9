"""The shipped refiner's training end to end: trained for seconds, exported, resumed, served."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.formats.coco import CocoInstances  # noqa: E402
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass  # noqa: E402
from fewclicks.methods.card import read_card  # noqa: E402
from fewclicks.methods.locate.inference.opening import open_refine  # noqa: E402
from fewclicks.methods.locate.training.prior import recipe, sets, train  # noqa: E402
from fewclicks.methods.locate.training.prior.__main__ import main  # noqa: E402
from fewclicks.methods.locate.training.prior.recipe import PriorSettings  # noqa: E402
from fewclicks.methods.locate.training.prior.train import train_prior  # noqa: E402
from fewclicks.methods.spec import Resources  # noqa: E402
from fewclicks.prompts import PointPrompt, Prompts  # noqa: E402
from fewclicks.training.loop import Budget  # noqa: E402


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data sets with one set of squares."""
    folder = tmp_path / "data/boxes/squares"
    (folder / "images").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(90, 130, (72, 108, 3), dtype=np.uint8)
    centres = [(18 + 36 * column, 18 + 36 * row) for row in range(2) for column in range(3)]
    for x, y in centres:
        pixels[y - 8 : y + 8, x - 8 : x + 8] = 220
    cv2.imwrite(str(folder / "images/1.png"), pixels)
    boxes = [Annotation(str(number), 1, 1, Box(x - 8, y - 8, x + 8, y + 8)) for number, (x, y) in enumerate(centres)]
    dataset = Dataset((LabelClass(1, "square"),), (ImageRecord(1, "images/1.png", 108, 72),), tuple(boxes))
    CocoInstances().write(dataset, folder / "train.json")
    return tmp_path / "data"


def test_it_is_trained_written_resumed_and_served(
    data: Path, backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "SETS", ())
    monkeypatch.setattr(train, "PriorSettings", lambda: PriorSettings(side=64, batch=2))
    path = train_prior(data, backbone, tmp_path / "out", Budget(steps=2))
    card = read_card(path)
    assert card.data == ("squares/train: 1 images",)
    assert card.settings["side"] == 64
    model = open_refine({".onnx": path}, Resources(threads=1))
    assert model.info.classes == {}
    assert model.network.spacing == recipe.SPACING
    image = np.random.default_rng(0).integers(0, 255, (72, 108, 3), dtype=np.uint8)
    answer = model.respond(model.encode(image), Prompts.of(PointPrompt(20, 20, 7), PointPrompt(60, 40, 7))).answer
    assert np.isfinite(answer.points_xy).all()
    assert card.command.endswith("OUT --steps 2")
    train_prior(data, backbone, tmp_path / "out", Budget(minutes=0.04))
    assert torch.load(tmp_path / "out/checkpoint.pt", weights_only=True)["step"] > 2
    assert read_card(path).command.endswith("OUT --minutes 0.04")


def test_the_command_reports_an_error_in_one_line(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "SETS", ())
    (data / "boxes/squares").rename(data / "boxes/nuclei")
    words = [str(data), "mobilenet_v2.safetensors", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", ["prior", *words, "--steps", "2"])
    with pytest.raises(SystemExit, match=r"^fewclicks: .*nuclei is held out for measurements; train on other sets$"):
        main()

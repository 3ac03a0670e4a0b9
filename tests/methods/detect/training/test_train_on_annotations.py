"""A model trained on the annotations of a project, and measured beside the one before it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.datasets.boxed_images import boxes_of, has_oriented_boxes
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox
from fewclicks.methods.card import read_card
from fewclicks.methods.detect import DETECT
from fewclicks.methods.detect.inference.model import DetectModel
from fewclicks.methods.detect.inference.network.runtime import files_beside
from fewclicks.methods.detect.inference.opening import open_detect
from fewclicks.methods.detect.training.project import (
    _comparable,
    _validation,
    train_on_annotations,
)
from fewclicks.methods.detect.training.settings import ProjectSettings
from fewclicks.methods.project_training import ProjectData, Validation
from fewclicks.methods.registry import named, shipped_files
from fewclicks.methods.shared.training.held_out import held_out
from fewclicks.methods.spec import Resources


class Told:
    """Everything that a run reported."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.messages: list[str] = []
        self.steps: list[int] = []

    def say(self, progress: float, message: str) -> None:
        self.shares.append(progress)
        self.messages.append(message)

    def step(self, progress: float, message: str, step: int, value: float) -> None:
        assert value > 0
        self.steps.append(step)
        self.say(progress, message)


TINY = ProjectSettings(steps=3, side=64, batch=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ProjectData:
    """Twelve images with a red and a blue disk each."""
    folder = tmp_path_factory.mktemp("project")
    images, annotations = [], []
    rng = np.random.default_rng(0)
    for number in range(1, 13):
        pixels = rng.integers(90, 120, (96, 96, 3), dtype=np.uint8)
        for class_id, colour in ((1, (30, 30, 220)), (2, (220, 30, 30))):
            x, y = 24 + 44 * (class_id - 1), int(rng.integers(20, 76))
            cv2.circle(pixels, (x, y), 9, colour, -1)
            box = Box(x - 9, y - 9, x + 10, y + 10)
            annotations.append(Annotation(str(len(annotations)), number, class_id, box))
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
        images.append(ImageRecord(number, f"{number}.png", 96, 96))
    classes = (LabelClass(1, "red"), LabelClass(2, "blue"))
    dataset = Dataset(classes, tuple(images), tuple(annotations))
    files = shipped_files(DETECT)
    assert files is not None
    start = files[".onnx"]
    return ProjectData("coins", dataset, folder, start, start, folder / "job", "detect-1")


def test_the_role_names_the_function() -> None:
    assert DETECT.train_project is not None
    assert named(DETECT.train_project) is train_on_annotations


def test_a_project_of_twelve_images_trains_a_model_that_answers(data: ProjectData) -> None:
    told = Told()
    result = train_on_annotations(data, TINY, told).to_json()
    path = data.folder / "detect-1.onnx"
    assert (result["version"], result["training_images"], result["objects"]) == ("detect-1", 10, 20)
    assert result["finds_less"] is False, "it begins as the class slots"
    validation = result["validation"]
    assert isinstance(validation, dict)
    assert validation["images"] == 2
    assert len(validation["map50"]) == len(validation["before"]["map50"]) == 6
    assert validation["before"]["weights"] != result["weights"]
    model = open_detect(files_beside(path), Resources())
    assert model.info.classes == {1: "red", 2: "blue"}
    assert model.info.version == result["weights"]
    card = read_card(path)
    assert card.data == ("coins: 10 images, 20 objects",)
    assert card.command == "fewclicks train detect --project PROJECT --steps 3"
    assert len(card.figures["validation mAP at IoU 0.5 by clicks"]["map50"]) == 6
    assert told.steps == [1, 2, 3]
    assert told.shares == sorted(told.shares)
    assert "training on 10 images, step 3" in told.messages


def test_a_version_before_that_cannot_be_opened_or_does_not_know_the_classes_is_left_out(
    data: ProjectData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data.active is not None
    model = open_detect(files_beside(data.active), Resources())
    held = held_out(boxes_of(data.dataset, data.images, False, data.project))[1]
    broken = tmp_path / "detect-7.onnx"
    broken.write_text("no model")
    measured = _validation(model, broken, held, Told())
    assert measured is not None
    assert (measured.images, measured.weights_before, measured.finds_less) == (2, None, False)
    assert _comparable(data.active, held) is not None
    monkeypatch.setattr(DetectModel, "info", replace(model.info, classes={1: "red"}))
    assert _comparable(data.active, held) is None, "it does not know blue"


def test_a_model_that_finds_less_than_the_one_before_is_told_from_others() -> None:
    assert not Validation(2, [0.0, 0.1]).finds_less
    assert not Validation(2, [0.5, 0.6], "a", [0.0, 0.9]).finds_less
    assert not Validation(2, [0.5, 0.6], "a", [0.5, 0.6]).finds_less
    assert Validation(2, [0.0, 0.2], "a", [0.0, 0.3]).finds_less
    assert Validation(2, [0.1], "a", [0.2]).to_json() == {
        "images": 2,
        "map50": [0.1],
        "before": {"weights": "a", "map50": [0.2]},
    }


def test_boxes_are_oriented_where_one_is_rotated(data: ProjectData) -> None:
    first = data.dataset.annotations[0]
    upright = replace(first, shape=OrientedBox(20, 20, 8, 4, 0.0))
    assert not has_oriented_boxes(replace(data.dataset, annotations=(first, upright)))
    rotated = replace(first, shape=OrientedBox(20, 20, 8, 4, 0.3))
    assert has_oriented_boxes(replace(data.dataset, annotations=(first, rotated)))

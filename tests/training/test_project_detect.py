"""A project trains its own model, by the command, and what it says when it cannot."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.cli import run
from fewclicks.interactions import ClassClick
from fewclicks.methods.card import read_card
from fewclicks.methods.detect.assist import DetectAssist
from fewclicks.store.project import Project
from jobs.coins import make_coins

TINY = ("--steps", "3", "--side", "64", "--batch", "2")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["train", "detect", *arguments]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err.removeprefix("fewclicks: ").rstrip()


def test_a_project_of_twelve_images_trains_a_model_that_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_coins(tmp_path / "project", 14, 12)
    assert run(["train", "detect", "--project", str(folder), *TINY]) == 0
    said = capsys.readouterr().out
    assert "detect-1: trained on 10 images with 30 objects" in said
    model = folder / "models" / "detect-1.onnx"
    assist = DetectAssist(model)
    assert assist.class_names == {1: "red", 2: "blue"}
    image = np.full((96, 96, 3), 120, np.uint8)
    found = assist.respond(assist.encode(image), (ClassClick(20, 20, 1),))
    assert set(found.class_ids.tolist()) <= {1, 2}
    card = read_card(model)
    assert card.data == ("project: 10 images, 30 objects",)
    assert len(card.figures["validation mAP at IoU 0.5 by clicks"]["map50"]) == 6
    with Project(folder) as project, project.reading() as log:
        (row,) = log.jobs.all()
        assert log.chosen_models.get("detect") == "detect-1"
    assert (row.state, row.result["validation"]["images"]) == ("done", 2)
    assert len(row.curve) == 3
    assert not (folder / "jobs" / "1").exists()


def test_it_says_in_one_line_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(make_coins(tmp_path / "project", 8, 7))
    assert refused(capsys, "--project", folder) == ("7 of at least 8 images are finished: mark 1 more image as done")
    assert refused(capsys, "--project", folder, "--resume").endswith("there is no training that could go on")
    assert refused(capsys, "--project", folder, "--steps", "1", "--minutes", "1") == (
        "a training takes either minutes or steps"
    )
    assert "with --project go --resume" in refused(capsys, "--project", folder, "--variant", "late")
    assert refused(capsys, "--steps", "1") == "give --data, --backbone and --out, or --project"
    with Project(Path(folder)):
        assert "is open in another process" in refused(capsys, "--project", folder)
    assert "no such weights" in refused(capsys, "--project", folder, "--backbone", str(tmp_path / "none"))

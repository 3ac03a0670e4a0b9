"""A project trains its own model, by the command, and what it says when it cannot."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fastapi.testclient import TestClient

from fewclicks.cli import run
from fewclicks.methods.card import read_card
from fewclicks.methods.detect import DETECT
from fewclicks.methods.registry import files_of, open_model, shipped_files
from fewclicks.methods.versions import next_version
from fewclicks.prompts import ClassClick, Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project
from jobs.coins import make_coins

TINY = ("--steps", "3", "--side", "64", "--batch", "2")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["train", "detect", *arguments]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err.removeprefix("fewclicks: ").rstrip()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project that has trained once, and what the command said."""
    folder = make_coins(tmp_path_factory.mktemp("trained") / "project", 14, 12)
    with redirect_stdout(io.StringIO()) as out:
        assert run(["train", "detect", "--project", str(folder), *TINY]) == 0
    return folder, out.getvalue()


def test_a_project_of_twelve_images_trains_a_model_that_answers(trained: tuple[Path, str]) -> None:
    folder, said = trained
    assert "detect-1: trained on 10 images with 30 objects" in said
    model = folder / "models" / "detect-1.onnx"
    files = files_of(DETECT, model)
    assert files is not None
    opened = open_model(DETECT, files)
    assert opened.info.classes == {1: "red", 2: "blue"}
    image = np.full((96, 96, 3), 120, np.uint8)
    answer = opened.respond(opened.encode(image), Prompts.of(ClassClick(20, 20, 1))).answer
    assert set(answer.class_ids.tolist()) <= {1, 2}
    card = read_card(model)
    assert card.data == ("project: 10 images, 30 objects",)
    assert len(card.figures["validation mAP at IoU 0.5 by clicks"]["map50"]) == 6
    with Project(folder) as project, project.reading() as log:
        (row,) = log.jobs.all()
        assert log.chosen_models.get("detect") == "detect-1"
    assert row.result["finds_less"] is False, "it begins as the class slots"
    assert "lower than before" not in said
    assert (row.state, row.result["validation"]["images"]) == ("done", 2)
    assert len(row.curve) == 3
    assert not (folder / "jobs" / "1").exists()


def test_who_finds_less_than_the_one_before_is_told_so(trained: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(trained[0], folder)
    shipped = shipped_files(DETECT)
    assert shipped is not None
    heads_are_new = str(shipped[".encoder.onnx"])
    with redirect_stdout(io.StringIO()) as out:
        assert run(["train", "detect", "--project", str(folder), *TINY, "--backbone", heads_are_new]) == 0
    with Project(folder) as project, project.reading() as log:
        row = log.jobs.all()[0]
    assert row.result["finds_less"] is True, "three steps teach nothing"
    assert "its mAP is lower than before" in out.getvalue()


def test_versions_are_served_chosen_and_remembered(trained: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(trained[0], folder)
    models = folder / "models"
    for path in list(models.iterdir()):
        shutil.copy(path, models / path.name.replace("-1.", "-10."))
    (models / "detect-2.onnx").write_text("no model")
    with served(folder) as client:
        answer = client.get("/api/models/detect").json()
        assert [each["version"] for each in answer["models"]][-3:] == ["detect-10", "detect-2", "detect-1"]
        assert answer["chosen"] == "detect-1"
        assert answer["weights"].startswith("detect-1-")
        assert [each["problem"] is None for each in answer["models"]][-3:] == [True, False, True]
        refused = client.put("/api/models/detect", json={"version": "detect-2"})
        assert (refused.status_code, "detect-2.encoder.onnx: file not found" in refused.text) == (422, True)
        assert client.get("/api/models/detect").json()["chosen"] == "detect-1"
        assert client.put("/api/models/detect", json={"version": "detect-10"}).json()["chosen"] == "detect-10"
        body = {"id": "1", "clicks": [{"x": 12, "y": 40, "class_id": 1}]}
        assert client.post("/api/images/13/detect", json=body).json()["error"] is None
    with served(folder) as client:
        assert client.get("/api/models/detect").json()["chosen"] == "detect-10"
    (models / "detect-10.onnx").unlink()
    with served(folder) as client:
        assert client.get("/api/models/detect").json()["chosen"] is None
        assert client.get("/api/health").status_code == 200
    assert next_version(models, DETECT) == "detect-11", "its encoder is still there"


@contextmanager
def served(folder: Path) -> Iterator[TestClient]:
    app = create_app(Project(folder), None, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def test_it_says_in_one_line_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(make_coins(tmp_path / "project", 8, 7))
    assert "7 of at least 8 images" in refused(capsys, "--project", folder)
    assert "either minutes or steps" in refused(capsys, "--project", folder, "--steps", "1", "--minutes", "1")
    with Project(Path(folder)):
        assert "is open in another process" in refused(capsys, "--project", folder)
    assert "file not found" in refused(capsys, "--project", folder, "--backbone", str(tmp_path / "none"))

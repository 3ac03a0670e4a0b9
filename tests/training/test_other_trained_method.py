"""A method of another package is trained, by the command and on a project, without a line changed in fewclicks.

tests/architecture/test_methods.py checks that it uses nothing of a single method.
"""

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.answers import PointsAnswer
from fewclicks.cli import run
from fewclicks.errors import InputError
from fewclicks.methods.card import read_card
from fewclicks.methods.registry import get_role, open_model
from fewclicks.methods.shared.training.on_project import shipped_start
from fewclicks.methods.spec import Resources
from fewclicks.prompts import PointPrompt, Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project
from halfway import TRAINED_PACKAGES, environment, halfway_installed
from jobs.coins import SIDE, SIZE, make_coins

CONTRACT = Path(__file__).parents[1] / "contracts" / "test_models.py"
TINY = ("--steps", "20", "--side", "64", "--batch", "2")


@pytest.fixture(scope="module", autouse=True)
def installed() -> Iterator[None]:
    with halfway_installed(TRAINED_PACKAGES):
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve finished images with three squares each."""
    return make_coins(tmp_path_factory.mktemp("spots") / "project", 12, 12)


@pytest.fixture(scope="module")
def trained(project: Path, backbone: Path) -> tuple[Path, str]:
    """The folder of the versions after a training run on the project, and what the command printed."""
    with redirect_stdout(io.StringIO()) as out:
        assert run(["train", "spots", "--project", str(project), "--backbone", str(backbone), *TINY]) == 0
    return project / "models", out.getvalue()


def test_a_project_trains_a_version_that_answers(trained: tuple[Path, str]) -> None:
    folder, printed = trained
    assert "spots-1: trained on 10 images with 30 objects" in printed
    assert 0 <= read_card(folder / "spots-1.onnx").figures["validation mAP at tau 0.5"] <= 1
    model = open_model(get_role("spots"), {".onnx": folder / "spots-1.onnx"}, Resources(threads=1))
    assert model.info.classes == {1: "red", 2: "blue"}
    answer = model.respond(model.encode(np.full((SIZE, SIZE, 3), 120, np.uint8)), Prompts()).answer
    assert isinstance(answer, PointsAnswer)


def test_the_version_keeps_the_contract_of_models(trained: tuple[Path, str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CONTRACT), "-k", "spots"]
    variables = environment(TRAINED_PACKAGES) | {"CONTRACT_MODELS": str(trained[0])}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_version_answers_over_http(project: Path, trained: tuple[Path, str]) -> None:
    app = create_app(Project(project), None, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert "spots" in [each["name"] for each in client.get("/api/methods").json()]
        assert client.get("/api/models/spots").json()["chosen"] == "spots-1"
        answer = client.post("/api/images/1/respond", json={"id": "1", "method": "spots"})
        assert (answer.status_code, answer.json()["error"]) == (200, None)
        assert answer.json()["proposals"]["points"][0]["weights"].startswith("spots-1-")


def test_the_command_trains_on_files_and_points_are_found(project: Path, backbone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "points").mkdir(parents=True)
    shutil.copytree(project.with_name("project-images"), folder / "images")
    with Project(project) as opened, opened.reading() as log:
        for image in log.images():
            boxes = [(each.class_id, each.shape["xyxy"]) for each in log.annotations(image.id)]
            lines = [f"{x0 + SIDE / 2} {y0 + SIDE / 2} {class_id}\n" for class_id, (x0, y0, _, _) in boxes]
            (folder / "points" / Path(image.file_name).with_suffix(".txt").name).write_text("".join(lines))
    options = ("--data", folder, "--backbone", backbone, "--out", tmp_path / "out", *TINY)
    assert run(["train", "spots", *map(str, options)]) == 0
    path = tmp_path / "out" / "spots.onnx"
    assert read_card(path).data == ("data: 12 images",)
    model = open_model(get_role("spots"), {".onnx": path}, Resources(threads=1))
    encoding = model.encode(np.asarray(Image.open(folder / "images" / "0.png")))
    everything = model.respond(encoding, Prompts()).answer
    assert isinstance(everything, PointsAnswer)
    x, y = everything.points_xy[0].tolist()
    class_id = int(everything.class_ids[0])
    others = model.respond(encoding, Prompts.of(PointPrompt(x, y, class_id, "a"))).answer
    assert isinstance(others, PointsAnswer)
    near = np.hypot(*(others.points_xy[others.class_ids == class_id] - (x, y)).T) < 8
    assert not near.any(), "an annotated point is not suggested again"


def test_without_a_shipped_version_a_project_needs_initial_weights() -> None:
    with pytest.raises(InputError, match="`spots` has no shipped version"):
        shipped_start(get_role("spots"))

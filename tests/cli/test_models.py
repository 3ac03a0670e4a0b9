"""`fewclicks models`: what is installed, and a user's own files as a version of a model."""

import json
import shutil
from pathlib import Path

import pytest

from fewclicks.methods.registry import get_role, shipped_files

from .program import Program, content


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("fewclicks.methods.versions.user_data_folder", lambda: tmp_path / "user")
    return tmp_path / "user" / "models"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The shipped files of `segment` under the names of other people, by their suffixes."""
    names = {".onnx": "decoder.onnx", ".encoder.onnx": "vit_encoder.onnx", "_ranker.onnx": "good_ranker.onnx"}
    shipped = shipped_files(get_role("segment"))
    assert shipped is not None
    for suffix, name in names.items():
        shutil.copy(shipped[suffix], tmp_path / name)
    return {suffix: tmp_path / name for suffix, name in names.items()}


def test_the_list_has_every_role_with_cards(fewclicks: Program) -> None:
    shown = fewclicks.done("models")
    for role in ("segment", "regions", "detect"):
        assert f"  {role}: task " in shown
        assert f"    {role} (shipped), " in shown
    assert "grabcut: task mask; prompts: click, box, extreme points" in shown
    assert "licence: Apache-2.0" in shown


def test_files_in_the_order_of_the_slots(fewclicks: Program, files: dict[str, Path], user_folder: Path) -> None:
    shown = fewclicks.done("models", "add", "segment", files[".onnx"], files[".encoder.onnx"])
    assert "added segment-1 in " in shown
    assert "fewclicks simulate mask --model segment-1 --data DATA" in shown
    assert set(content(user_folder)) == {"segment-1.onnx", "segment-1.encoder.onnx", "segment-1.json"}
    assert (user_folder / "segment-1.onnx").read_bytes() == files[".onnx"].read_bytes()
    assert json.loads((user_folder / "segment-1.json").read_text())["licence"] == "not stated"
    assert "    segment-1 (user), " in fewclicks.done("models")


def test_files_by_their_endings(fewclicks: Program, files: dict[str, Path], user_folder: Path) -> None:
    encoder = files[".encoder.onnx"].with_name("mine.encoder.onnx")
    files[".encoder.onnx"].rename(encoder)
    fewclicks.done("models", "add", "segment", files["_ranker.onnx"], encoder, files[".onnx"])
    found = content(user_folder)
    assert found["segment-1_ranker.onnx"] == files["_ranker.onnx"].read_bytes()
    assert found["segment-1.encoder.onnx"] == encoder.read_bytes()


def test_a_version_of_a_project(fewclicks: Program, files: dict[str, Path], project: Path, user_folder: Path) -> None:
    for number in (1, 2):
        shown = fewclicks.done("models", "add", "segment", files[".onnx"], files[".encoder.onnx"], "--project", project)
        assert f"--model segment-{number} --project {project} " in shown
    assert not user_folder.exists()
    assert "segment-2" not in fewclicks.done("models")
    assert "    segment-2 (project), " in fewclicks.done("models", "--project", project)
    fewclicks.done("models", "remove", "segment-1", "--project", project)
    assert {name.split(".")[0] for name in content(project / "models")} == {"segment-2"}
    assert "no version 'segment-1'" in fewclicks.refused("models", "remove", "segment-1", "--project", project)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (("vit_encoder.onnx", "decoder.onnx"), "not a version of the model 'segment'"),
        (
            ("broken.onnx", "vit_encoder.onnx"),
            "broken.onnx: not a version of the model 'segment': not a readable ONNX file",
        ),
        (
            ("decoder.onnx", "broken.onnx"),
            "broken.onnx: not a version of the model 'segment': not a readable ONNX file",
        ),
        (("decoder.onnx",), "expected the files of the model 'segment' in this order: .onnx (the head"),
        (("decoder.onnx", "absent.onnx"), "absent.onnx: file not found"),
    ],
)
def test_wrong_files_are_named_and_leave_nothing(
    fewclicks: Program, files: dict[str, Path], tmp_path: Path, names: tuple[str, ...], problem: str
) -> None:
    (tmp_path / "broken.onnx").write_text("broken")
    refused = fewclicks.refused("models", "add", "segment", *(tmp_path / name for name in names))
    assert problem in refused
    assert ".new-" not in refused
    assert not (tmp_path / "user").exists()


def test_what_cannot_have_versions(fewclicks: Program, tmp_path: Path) -> None:
    assert "the model 'grabcut' uses no files" in fewclicks.refused("models", "add", "grabcut", tmp_path / "a")
    assert "no model 'dance'" in fewclicks.refused("models", "add", "dance", tmp_path / "a")
    refused = fewclicks.refused("models", "add", "segment", tmp_path / "a", "--project", tmp_path)
    assert "no project here" in refused


def test_an_added_version_is_measured(fewclicks: Program, files: dict[str, Path], tmp_path: Path) -> None:
    fewclicks.done("models", "add", "segment", files[".onnx"], files[".encoder.onnx"])
    refused = fewclicks.refused("simulate", "mask", "--model", "segment-1", "--data", tmp_path / "absent.json")
    assert "absent.json" in refused

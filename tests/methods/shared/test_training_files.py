"""The list of the files that a version was trained on."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from fewclicks.errors import InputError
from fewclicks.methods.shared.training.trained_card import training_files, write_trained_card
from fewclicks.methods.shared.training.training_files import code_version, write_training_files

ROOT = Path(__file__).parents[3]


@dataclass
class Photo:
    path: Path


@dataclass
class Photos:
    name: str
    images: list[Photo]


@pytest.fixture
def sets(tmp_path: Path) -> list[Photos]:
    """Two sets in folders of their own, with a file of annotations each; one photo is in both."""
    for name in ("cats/images/1.png", "cats/images/2.png", "dogs/1.png", "cats/train.json", "dogs/train.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    cats = [Photo(tmp_path / f"cats/images/{number}.png") for number in (2, 1)]
    return [Photos("cats", cats), Photos("dogs", [Photo(tmp_path / "dogs/1.png"), cats[0]])]


def test_the_list_names_every_file_once_and_sha256sum_can_check_it(sets: list[Photos], tmp_path: Path) -> None:
    weights = tmp_path / "mine.onnx"
    data = [f"{tmp_path}/cats/train.json:2.5", f"{tmp_path}/dogs/train.json@train", str(tmp_path / "dogs")]
    write_trained_card(weights, "segment", "Cats.", sets, training_files(sets, data), {})
    card = json.loads((tmp_path / "mine.json").read_text())
    assert card["files"] == "5 files, listed in mine.sha256"
    assert card["code"].startswith("fewclicks ")
    listed = [line.split("  ")[1] for line in (tmp_path / "mine.sha256").read_text().splitlines()]
    assert listed == ["cats/images/1.png", "cats/images/2.png", "cats/train.json", "dogs/1.png", "dogs/train.json"]
    check = ["sha256sum", "--check", "--strict", "--quiet", "mine.sha256"]
    assert subprocess.run(check, cwd=tmp_path).returncode == 0
    (tmp_path / "dogs/1.png").write_text("another dog")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 1


def test_a_file_that_has_gone_is_named(sets: list[Photos], tmp_path: Path) -> None:
    (tmp_path / "dogs/1.png").unlink()
    with pytest.raises(InputError, match=r"dogs/1\.png.*cannot read the training file"):
        write_training_files(training_files(sets, ()), tmp_path / "mine.onnx")
    assert not (tmp_path / "mine.sha256").exists()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a repository")
def test_the_code_is_named_by_its_commit_in_a_repository() -> None:
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert commit.stdout[:12] in code_version()

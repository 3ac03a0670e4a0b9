import os
import stat
from pathlib import Path

import pytest

from fewclicks.errors import StorageError
from fewclicks.files import write_text


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    write_text(tmp_path / "ours", "ä")
    (tmp_path / "theirs").write_text("")
    assert (tmp_path / "ours").read_text(encoding="utf-8") == "ä"
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("before")
    path.chmod(0o640)
    write_text(path, "after")
    assert path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failing_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    path = tmp_path / "x"
    path.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(StorageError, match=r"x: cannot be written \(No space left on device\)"):
        write_text(path, "after")
    assert path.read_text() == "before"
    assert [found.name for found in tmp_path.iterdir()] == ["x"]


def test_a_long_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)
    write_text(path, "")
    assert path.exists()


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="folder: cannot be written"):
        write_text(tmp_path / "folder", "")
    assert [found.name for found in tmp_path.iterdir()] == ["folder"]

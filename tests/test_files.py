import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewclicks.errors import InputError, StorageError
from fewclicks.files import write_folder, write_text, write_text_and_folder


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
    with pytest.raises(StorageError, match=r"x: cannot write: No space left on device"):
        write_text(path, "after")
    assert path.read_text() == "before"
    assert [found.name for found in tmp_path.iterdir()] == ["x"]


def test_a_long_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)
    write_text(path, "")
    assert path.exists()


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="folder: cannot write"):
        write_text(tmp_path / "folder", "")
    assert [found.name for found in tmp_path.iterdir()] == ["folder"]


def both(tmp_path: Path, text: str, **files: bytes) -> None:
    write_text_and_folder(tmp_path / "x.json", text, tmp_path / "x", [*files.items()])


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_and_its_folder_are_replaced_together(tmp_path: Path) -> None:
    both(tmp_path, "before", a=b"1", b=b"2")
    (tmp_path / "x.json").chmod(0o640)
    write_text_and_folder(tmp_path / "x.json", "after", tmp_path / "x", [("deep/er/c", b"3")])
    assert content_of(tmp_path) == {"x.json": b"after", "x/deep/er/c": b"3"}
    assert stat.S_IMODE((tmp_path / "x.json").stat().st_mode) == 0o640
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").write_text("")
    for ours, theirs in (("x", "theirs"), ("x/deep/er/c", "theirs/file")):
        assert (tmp_path / ours).stat().st_mode == (tmp_path / theirs).stat().st_mode


def test_a_folder_of_nothing_is_there(tmp_path: Path) -> None:
    both(tmp_path, "")
    assert (tmp_path / "x").is_dir()


STEPS = [("fsync", 1), ("fsync", 3), ("rename", 1), ("replace", 1)]


@pytest.mark.parametrize(
    ("failing", "time", "there"), [(*step, there) for step in STEPS for there in (True, False)] + [("rename", 2, True)]
)
def test_a_disk_that_fails_at_any_step_loses_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, time: int, there: bool
) -> None:
    if there:
        both(tmp_path, "before", a=b"1")
    before, done, calls = content_of(tmp_path), getattr(os, failing), []

    def full(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == time:
            raise OSError(28, "No space left on device")
        done(*arguments)

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(StorageError, match=r"x.json: cannot write: No space left on device"):
        both(tmp_path, "after", a=b"2", b=b"3")
    assert content_of(tmp_path) == before
    assert {found.name for found in tmp_path.iterdir()} == ({"x", "x.json"} if there else set())


def test_files_that_cannot_be_made_leave_what_was_there(tmp_path: Path) -> None:
    both(tmp_path, "before", a=b"1")
    before = content_of(tmp_path)

    def files() -> Iterator[tuple[str, bytes]]:
        yield "a", b"2"
        raise InputError("the next one cannot be made")

    with pytest.raises(InputError):
        write_text_and_folder(tmp_path / "x.json", "after", tmp_path / "x", files())
    assert content_of(tmp_path) == before
    assert {found.name for found in tmp_path.iterdir()} == {"x", "x.json"}


def test_a_folder_where_the_file_should_be_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a").write_bytes(b"1")
    with pytest.raises(StorageError, match=r"x\.json: cannot write"):
        both(tmp_path, "after", a=b"2")
    assert content_of(tmp_path) == {"x/a": b"1"}
    assert {found.name for found in tmp_path.iterdir()} == {"x", "x.json"}


@pytest.mark.parametrize(("failing", "time"), [("fsync", 1), ("rename", 1), ("rename", 2)])
def test_a_disk_that_fails_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, time: int
) -> None:
    write_folder(tmp_path / "x", [("a", b"1"), ("deep/b", b"2")])
    before, done, calls = content_of(tmp_path), getattr(os, failing), []
    assert before == {"x/a": b"1", "x/deep/b": b"2"}

    def full(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == time:
            raise OSError(28, "No space left on device")
        done(*arguments)

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(StorageError, match=r"x: cannot write: No space left on device"):
        write_folder(tmp_path / "x", [("c", b"3")])
    assert content_of(tmp_path) == before
    assert {found.name for found in tmp_path.iterdir()} == {"x"}
    monkeypatch.undo()
    write_folder(tmp_path / "x", [("c", b"3")])
    assert content_of(tmp_path) == {"x/c": b"3"}

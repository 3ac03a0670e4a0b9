import sqlite3
import struct
from pathlib import Path

import pytest

from fewclicks.errors import ConflictError, InputError, NotFoundError, StorageError
from fewclicks.store.backup import back_up, restore
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.records import ImageStatus
from fewclicks.store.snapshots import Snapshot


def add(project: Project, name: str) -> None:
    after = Snapshot(name, 1, 1, "accepted", {"type": "box", "xyxy": [1.0, 1.0, 5.0, 5.0]})
    with project.changing() as log:
        log.append(Request(name, "edit", "box", {}, 1), Outcome((AnnotationChange(None, after),)))


def names(folder: Path) -> list[str]:
    with Project(folder) as project, project.reading() as log:
        return [row.id for row in log.annotations()]


def test_a_backup_of_an_open_project_is_one_file_and_is_restored(project: Project, tmp_path: Path) -> None:
    add(project, "a")
    before = set(tmp_path.iterdir())
    back_up(project.folder, tmp_path / "copy.db")
    add(project, "b")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "copy.db"}
    restore(tmp_path / "copy.db", tmp_path / "again")
    assert names(tmp_path / "again") == ["a"]
    assert list((tmp_path / "again").glob("*-wal")) == []


def test_a_backup_is_consistent_while_another_transaction_writes(project: Project, tmp_path: Path) -> None:
    add(project, "a")
    with project.changing() as log:
        log.set_status(1, ImageStatus("done"))
        back_up(project.folder, tmp_path / "copy.db")
    restore(tmp_path / "copy.db", tmp_path / "again")
    with Project(tmp_path / "again") as again, again.reading() as log:
        assert log.summary(1).status == "todo"


def test_nothing_is_overwritten(project: Project, tmp_path: Path) -> None:
    back_up(project.folder, tmp_path / "copy.db")
    with pytest.raises(ConflictError, match="exists already"):
        back_up(project.folder, tmp_path / "copy.db")
    with pytest.raises(ConflictError, match=r"project\.db exists already"):
        restore(tmp_path / "copy.db", project.folder)
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "project.db-wal").write_bytes(b"of a damaged project")
    with pytest.raises(ConflictError, match=r"project\.db-wal exists already"):
        restore(tmp_path / "copy.db", tmp_path / "left")


def test_what_is_no_project_and_no_backup_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no project here"):
        back_up(tmp_path, tmp_path / "copy.db")
    with pytest.raises(InputError, match="file not found"):
        restore(tmp_path / "no.db", tmp_path / "p")
    (tmp_path / "text").write_text("no database" * 1000)
    with pytest.raises(StorageError, match="not SQLite"):
        restore(tmp_path / "text", tmp_path / "p")
    sqlite3.connect(tmp_path / "foreign.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(InputError, match="not a backup of a project"):
        restore(tmp_path / "foreign.db", tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_damaged_backup_is_refused(project: Project, tmp_path: Path) -> None:
    for number in range(300):
        add(project, f"a{number}")
    back_up(project.folder, tmp_path / "copy.db")
    content = bytearray((tmp_path / "copy.db").read_bytes())
    content[20_000:60_000] = b"\xff" * 40_000
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises((InputError, StorageError), match="damaged"):
        restore(tmp_path / "copy.db", tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_damaged_project_names_the_commands_that_help(folder: Path) -> None:
    (folder / "project.db").write_text("no database" * 1000)
    with pytest.raises(StorageError, match="fewclicks restore"):
        Project(folder)


def test_damage_in_any_part_of_a_project_is_noticed_when_it_is_opened(folder: Path) -> None:
    with Project(folder) as project:
        for number in range(60):
            add(project, f"a{number}")
    path, whole = folder / "project.db", (folder / "project.db").read_bytes()
    (page,) = struct.unpack(">H", whole[16:18])  # the size of a page in bytes
    assert len(whole) > 20 * page
    for start in range(page, len(whole), page):
        path.write_bytes(whole[:start] + b"\xff" * page + whole[start + page :])
        with pytest.raises(StorageError, match=r"damaged; see its problems with fewclicks check, .* fewclicks restore"):
            Project(folder)
    path.write_bytes(whole)
    assert len(names(folder)) == 60

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from fewclicks.errors import ConflictError, FewclicksError, InputError, NotFoundError, StorageError
from fewclicks.store.classes import new_classes
from fewclicks.store.project import Project, create_project
from fewclicks.store.records import ImageStatus

from .pictures import save_pictures


def test_a_new_project_has_its_images_and_classes(project: Project) -> None:
    with project.reading() as log:
        assert [row.file_name for row in log.images()] == ["a.png", "b.png", "c.png"]
        assert [(row.id, row.name) for row in log.classes()] == [(1, "cat"), (2, "dog")]
    assert project.name == "project"


def test_a_project_without_classes_gets_some_later(tmp_path: Path, images: Path) -> None:
    create_project(tmp_path / "p", images)
    with Project(tmp_path / "p") as project, project.changing() as log:
        assert log.classes() == []
        log.put_classes(new_classes(["cat"]))
    with Project(tmp_path / "p") as project, project.reading() as log:
        assert [(row.id, row.name) for row in log.classes()] == [(1, "cat")]


def test_projects_of_one_name_are_told_apart_and_stay_themselves(tmp_path: Path, images: Path) -> None:
    ids = []
    for place in ("x/same", "y/same", "x/same"):
        if not (tmp_path / place).exists():
            create_project(tmp_path / place, images, ["cat"])
        with Project(tmp_path / place) as project:
            assert project.name == "same"
            ids.append(project.id)
    assert all(ids)
    assert ids[0] == ids[2] != ids[1]


def test_the_database_is_safe(project: Project) -> None:
    with project.reading() as log:
        pragmas = {
            name: log._connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_images_inside_the_project_move_with_it(tmp_path: Path) -> None:
    images = save_pictures(tmp_path / "p" / "images", "a.png")
    create_project(tmp_path / "p", images, ["x"])
    (tmp_path / "p").rename(tmp_path / "q")
    with Project(tmp_path / "q") as project:
        assert project.synced.missing == ()
        assert project.image_folder == tmp_path / "q" / "images"


@pytest.mark.parametrize("name", ["x" * 250, "what? 100%#ä"])
def test_a_project_has_any_name_that_a_folder_can_have(tmp_path: Path, images: Path, name: str) -> None:
    create_project(tmp_path / name, images, ["x"])
    with Project(tmp_path / name) as project:
        assert project.name == name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["images", name])


def _no_folder(tmp: Path) -> tuple[Path, Path, list[str]]:
    return tmp / "p", tmp / "nowhere", ["x"]


def _no_images(tmp: Path) -> tuple[Path, Path, list[str]]:
    (tmp / "empty").mkdir()
    return tmp / "p", tmp / "empty", ["x"]


def _a_file_as_folder(tmp: Path) -> tuple[Path, Path, list[str]]:
    save_pictures(tmp, "a.png")
    return tmp / "p", tmp / "a.png", ["x"]


def _nameless_class(tmp: Path) -> tuple[Path, Path, list[str]]:
    return tmp / "p", save_pictures(tmp / "i", "a.png"), ["x", " "]


def _project_below_a_file(tmp: Path) -> tuple[Path, Path, list[str]]:
    (tmp / "file").write_text("")
    return tmp / "file" / "p", save_pictures(tmp / "i", "a.png"), ["x"]


def _project_is_a_file(tmp: Path) -> tuple[Path, Path, list[str]]:
    (tmp / "p").write_text("")
    return tmp / "p", save_pictures(tmp / "i", "a.png"), ["x"]


def _too_long(tmp: Path) -> tuple[Path, Path, list[str]]:
    return tmp / ("x" * 256), save_pictures(tmp / "i", "a.png"), ["x"]


def _project_not_utf8(tmp: Path) -> tuple[Path, Path, list[str]]:
    return tmp / "p\udcff", save_pictures(tmp / "i", "a.png"), ["x"]


def _images_not_utf8(tmp: Path) -> tuple[Path, Path, list[str]]:
    return tmp / "p", save_pictures(tmp / "i\udcff", "a.png"), ["x"]


def _unprintable_class(tmp: Path) -> tuple[Path, Path, list[str]]:
    return tmp / "p", save_pictures(tmp / "i", "a.png"), ["x", "a\x00b"]


def _unwritable(tmp: Path) -> tuple[Path, Path, list[str]]:
    return Path("/proc/p"), save_pictures(tmp / "i", "a.png"), ["x"]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (_no_folder, InputError, "not a folder; choose"),
        (_no_images, InputError, "no images in this folder"),
        (_a_file_as_folder, InputError, "not a folder; choose"),
        (_nameless_class, InputError, "name of a class is empty"),
        (_project_below_a_file, StorageError, "file"),
        (_project_is_a_file, StorageError, "Not a directory"),
        (_unwritable, StorageError, "/proc/p"),
        (_too_long, StorageError, "xxx: File name too long"),
        (_project_not_utf8, InputError, r"p\\xff: the path is not valid UTF-8; rename the folder"),
        (_images_not_utf8, InputError, r"i\\xff: the path is not valid UTF-8; rename the folder"),
        (_unprintable_class, InputError, r"a single line of plain text, got 'a\\x00b'"),
    ],
)
def test_a_project_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, make: object, error: type[FewclicksError], says: str
) -> None:
    folder, images, classes = make(tmp_path)  # type: ignore[operator]
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(error, match=says) as caught:
        create_project(folder, images, classes)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_project_is_never_made_twice(folder: Path, images: Path) -> None:
    before = (folder / "project.db").read_bytes()
    with pytest.raises(ConflictError, match="a project exists already"):
        create_project(folder, images, ["other"])
    assert (folder / "project.db").read_bytes() == before


def test_killed_while_it_is_made_leaves_no_half_made_project(tmp_path: Path, images: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from fewclicks.store import project\n"
        "project.move_in = lambda *_: os.kill(os.getpid(), 9)\n"
        "project.create_project(Path(sys.argv[1]), Path(sys.argv[2]), ['x'])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "p"), str(images)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "p").exists()
    create_project(tmp_path / "p", images, ["x"])


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no project here .*fewclicks new"):
        Project(tmp_path)


def _text(path: Path) -> None:
    path.write_text("not a database, but a text of some length " * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _without_tables(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _never_filled(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM project")
    connection.close()


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_text, "not a fewclicks project"),
        (_empty, "not a fewclicks project: the file is empty"),
        (_without_tables, "belongs to another program"),
        (_never_filled, "its tables are empty"),
        (_foreign, "belongs to another program"),
        (_newer, "made by a newer fewclicks"),
        (_cut_off, "damaged"),
    ],
)
def test_a_spoilt_project_is_refused_in_one_line(folder: Path, spoil: object, says: str) -> None:
    spoil(folder / "project.db")  # type: ignore[operator]
    before = (folder / "project.db").read_bytes()
    with pytest.raises(StorageError, match=says) as caught:
        Project(folder)
    assert "\n" not in str(caught.value)
    assert "project.db" in str(caught.value)
    assert (folder / "project.db").read_bytes() == before
    assert not (folder / "project.pid").exists()


def test_another_process_has_it_open(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from fewclicks.store.project import Project\n"
        "project = Project(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(ConflictError, match=rf"is open in another process \(pid {other.pid}\); stop it first"):
            Project(folder)
        other.kill()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            Project(folder).close()
        except ConflictError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the lock outlived its process")


def test_closing_twice_does_not_take_the_lock_from_the_next(folder: Path) -> None:
    first = Project(folder)
    first.close()
    with Project(folder):
        first.close()
        assert (folder / "project.pid").read_text() == str(os.getpid())
        with pytest.raises(ConflictError, match="open in another process"):
            Project(folder)


def test_a_failing_change_leaves_everything_as_it_was(project: Project) -> None:
    with suppress(RuntimeError), project.changing() as log:
        log.set_status(1, ImageStatus("done"))
        raise RuntimeError("halfway")
    with project.reading() as log:
        assert log.summary(1).status == "todo"


def test_json_never_leaves_the_store_with_nan() -> None:
    from fewclicks.store.snapshots import dump

    with pytest.raises(ValueError, match="not JSON compliant"):
        dump({"x": float("nan")})
    assert json.loads(dump({"é": 1})) == {"é": 1}

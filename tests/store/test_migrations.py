import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from fewclicks.errors import ConflictError
from fewclicks.labels import Dataset, LabelClass
from fewclicks.store.backup import restore
from fewclicks.store.checking import check_project
from fewclicks.store.database import MIGRATIONS, REVISION, make_tables, migrate, open_engine
from fewclicks.store.datasets import export_dataset, import_dataset
from fewclicks.store.events import AnnotationChange, Outcome, Request, UndoWords
from fewclicks.store.folder import content_hash
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot
from fewclicks.store.tables import Base


def test_the_migrations_make_the_tables_that_the_code_uses(project: Project) -> None:
    with project.reading() as log:
        context = MigrationContext.configure(log._connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_revision_in_the_code_is_the_newest() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [REVISION]
    assert all(
        re.fullmatch(r"r\d{4}_\w+\.py|__init__\.py", path.name) for path in (MIGRATIONS / "versions").glob("*.py")
    )


def migrated(folder: Path, revision: str) -> sqlite3.Connection:
    """A file in `folder` with the tables that the migrations up to `revision` make."""
    folder.mkdir()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = open_engine(folder / "project.db")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    return sqlite3.connect(folder / "project.db")


def content(connection: sqlite3.Connection) -> list[list[str]]:
    """The SQL of every table, index and row. Its lines are sorted, as Alembic puts constraints in any order."""
    return sorted(sorted(line.strip(", ") for line in each.splitlines()) for each in connection.iterdump())


def test_a_new_file_has_the_tables_that_the_migrations_make(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "new.db")
    make_tables(engine)
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "new.db")) as new, closing(migrated(tmp_path / "old", "head")) as old:
        assert content(new) == content(old)
        assert new.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def make_old(folder: Path, images: Path, revision: str) -> sqlite3.Connection:
    """The tables of an earlier version in `folder`, with a project, a class and the first image."""
    old = migrated(folder, revision)
    old.execute("INSERT INTO project (id, name, images, created_at) VALUES (1, 'old', ?, '2025-01-01')", (str(images),))
    old.execute("INSERT INTO classes VALUES (1, 'cat', '#e69f00', '', 0)")
    file = images / "a.png"
    known = (file.stat().st_size, file.stat().st_mtime_ns, "hash of before")
    old.execute("INSERT INTO images VALUES (1, 'a.png', 0, 64, 48, ?, ?, ?, NULL)", known)
    return old


def test_a_project_of_the_first_version_gets_its_own_id_and_new_hashes(tmp_path: Path, images: Path) -> None:
    with make_old(tmp_path / "old", images, "0001") as old:
        pass
    old.close()
    with Project(tmp_path / "old") as project, project.reading() as log:
        assert project.id
        assert [row.content_hash for row in log.images()] == [
            content_hash(images / row.file_name) for row in log.images()
        ]
        assert log.classes() == [ClassRow(1, "cat", "#e69f00", "", overlaps=False)]
    (images / "a.png").rename(images / "z.png")
    with Project(tmp_path / "old") as again:
        assert (again.id, again.synced.renamed) == (project.id, (("a.png", "z.png"),))


def test_a_project_of_before_knows_nothing_more_of_its_classes_and_can_learn_it(tmp_path: Path, images: Path) -> None:
    with make_old(tmp_path / "old", images, "0003") as old:
        pass
    old.close()
    learnt = Dataset((LabelClass(7, "cat", "#000000", {"isthing": 0}),))
    with Project(tmp_path / "old") as project:
        assert export_dataset(project).classes == (LabelClass(1, "cat", "#e69f00"),)
        import_dataset(project, learnt)
        assert export_dataset(project).classes == (LabelClass(1, "cat", "#e69f00", {"isthing": 0}),)


NEW_EVENT = """
INSERT INTO events (id, verb, kind, image_id, annotation_id, parent, head, is_change, clicks, seconds, created_at,
                    payload, before, after)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 1, '2025-01-01 10:00:00.000000', '{}', ?, ?)
"""


def test_a_log_of_one_annotation_an_event_is_read_and_goes_on(tmp_path: Path, images: Path) -> None:
    first = Snapshot('it\'s "a"', 1, 1, "accepted", {"type": "box", "xyxy": [1.0, 1.0, 5.0, 5.0]}, extra={"n": [1]})
    then = replace(first, state="proposed")
    with make_old(tmp_path / "old", images, "0002") as old:
        for row in (
            ("e1", "edit", "box", 1, first.id, None, 1, True, None, first.to_json()),
            ("e2", "status", "done", 1, None, 1, 1, False, None, None),
            ("e3", "edit", "reopen", 1, first.id, 1, 3, True, first.to_json(), then.to_json()),
            ("e4", "undo", "reopen", 1, first.id, 3, 1, False, then.to_json(), first.to_json()),
        ):
            old.execute(NEW_EVENT, row)
        old.execute("INSERT INTO annotations VALUES (?, 1, 1, 1, 'accepted', NULL, ?)", (first.id, first.to_json()))
    old.close()
    with Project(tmp_path / "old") as project, project.changing() as log:
        assert replay_log(log.events()) == log.annotations() == [first]
        assert log.undo_words("", 1) == UndoWords(None, None), "nobody knows who made these changes"
        assert [event.request.id for event in log.events()] == ["e1", "e2", "e3", "e4"]
        with pytest.raises(ConflictError, match="nothing to undo"):
            log.undo(Request("u", "undo", "undo", {}, 1))
        deleted = AnnotationChange(first, replace(first, state="deleted"))
        log.append(Request("d", "edit", "delete", {}, 1), Outcome((deleted,)))
        assert log.undo_words("", 1) == UndoWords("delete", None, "d")
        log.undo(Request("u", "undo", "undo", {}, 1))
        assert replay_log(log.events()) == log.annotations() == [first]


def test_a_migration_keeps_a_copy_first_that_can_be_restored(tmp_path: Path, images: Path) -> None:
    with make_old(tmp_path / "old", images, "0003") as old:
        pass
    old.close()
    copy = tmp_path / "old" / f"project.db.before-{REVISION}"
    assert check_project(tmp_path / "old") == [
        f"{tmp_path / 'old' / 'project.db'}: made by another version of fewclicks; open it once with fewclicks serve"
    ]
    for _ in range(2):
        with Project(tmp_path / "old"):
            assert {path.name for path in copy.parent.glob("*.before-*")} == {copy.name}
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]
    restore(copy, tmp_path / "again")
    with Project(tmp_path / "again") as again:
        assert again.name == "old"


def test_a_project_of_today_is_not_copied(folder: Path) -> None:
    with Project(folder):
        assert list(folder.glob("*.before-*")) == []


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "project.db")
    make_tables(engine)
    for _ in range(2):
        migrate(engine, tmp_path)
    engine.dispose()

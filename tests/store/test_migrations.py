import re
import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from fewclicks.store.database import MIGRATIONS, REVISION, migrate, open_engine
from fewclicks.store.folder import content_hash
from fewclicks.store.project import Project
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


def test_a_project_of_the_first_version_gets_its_own_id_and_new_hashes(folder: Path, images: Path) -> None:
    with sqlite3.connect(folder / "project.db") as connection:
        connection.execute("ALTER TABLE project DROP COLUMN uid")
        connection.execute("UPDATE images SET content_hash = 'of the first version'")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    with Project(folder) as project, project.reading() as log:
        assert project.id
        assert [row.content_hash for row in log.images()] == [
            content_hash(images / row.file_name) for row in log.images()
        ]
    (images / "a.png").rename(images / "z.png")
    with Project(folder) as again:
        assert (again.id, again.synced.renamed) == (project.id, (("a.png", "z.png"),))


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "project.db")
    for _ in range(2):
        migrate(engine, tmp_path)
    engine.dispose()

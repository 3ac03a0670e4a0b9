import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from fewclicks.store.database import MIGRATIONS, REVISION, migrate, open_engine
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


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "project.db")
    for _ in range(2):
        migrate(engine, tmp_path)
    engine.dispose()

"""The SQLite file of a project: how it is opened, brought up to date, and how its failures are said."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError

from fewclicks.errors import StorageError

REVISION = "0006"  # the newest of migrations/versions
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(path: Path) -> Engine:
    """An engine on the SQLite file at `path`: write-ahead log, full synchronisation, foreign keys checked."""
    place = URL.create("sqlite", database=str(path))  # as it is: a path may hold what has a meaning in a URL
    engine = create_engine(place, connect_args={"check_same_thread": False, "timeout": 5.0})
    event.listen(engine, "connect", _set_up)
    # The driver starts transactions only before some statements; so reads, and changes of the schema, get theirs here.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _set_up(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    if connection.execute("PRAGMA page_count").fetchone() == (0,):  # stays with the file; never touch a foreign one
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Say a failure of the database or of the file system in one line that names `place`."""
    try:
        yield
    except DatabaseError as error:
        raise StorageError(f"{place}: {_plain(str(error.orig))}") from error
    except OSError as error:
        raise StorageError(f"{place}: {error.strerror or error}") from error


def _plain(message: str) -> str:
    for sign, words in (
        ("full", "the disk is full; nothing of this change was stored"),
        ("disk I/O error", "the disk cannot be written (full, or a quota); nothing of this change was stored"),
        ("readonly", "it cannot be written (read-only)"),
        ("unable to open", "it cannot be opened or written"),
        ("not a database", "it is not a fewclicks project (not an SQLite file, or damaged)"),
        ("malformed", "the file is damaged"),
        ("locked", "another program is writing to it"),
    ):
        if sign in message:
            return words
    return " ".join(message.split())


def make_tables(engine: Engine, place: Path) -> None:
    """Make the tables in a new file."""
    with engine.begin() as connection:
        _upgrade(connection, place)


def migrate(engine: Engine, place: Path) -> None:
    """Bring the tables up to date, all or nothing. Raises StorageError for a newer version's or a foreign file."""
    with engine.begin() as connection:
        revision = _revision(connection)
        if revision is None:
            raise StorageError(f"{place}: it is not a fewclicks project (an SQLite file of another program)")
        if revision != REVISION:
            _upgrade(connection, place)


def _tables(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())


def _revision(connection: Connection) -> str | None:
    if "alembic_version" not in _tables(connection):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, place: Path) -> None:
    from alembic import command  # only here: opening an up-to-date project should not wait for it
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(f"{place}: it was made by a newer fewclicks; update fewclicks to open it") from error

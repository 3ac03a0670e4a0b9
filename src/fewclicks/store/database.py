"""The SQLite file of a project: opening, migrating, and errors in plain words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.exc import DatabaseError

from fewclicks.errors import StorageError

REVISION = "0012"  # the newest of migrations/versions
RESTORE = "move it away and restore a backup with fewclicks restore"
DAMAGED = f"the file is damaged; see its problems with fewclicks check, {RESTORE}"
NEWER = "made by a newer fewclicks; update fewclicks to open it"
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(path: Path) -> Engine:
    """Open the SQLite file at `path` with a write-ahead log, full synchronisation and checked foreign keys."""
    place = URL.create("sqlite", database=str(path))  # a path may contain characters that have a meaning in a URL
    engine = create_engine(place, connect_args={"check_same_thread": False, "timeout": 5.0})
    event.listen(engine, "connect", _set_up)
    # The driver starts transactions only before some statements; so reads, and changes of the schema, get theirs here.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def open_read_only(path: Path) -> Engine:
    """Open the SQLite file at `path` only for reading, also while another process has the project open."""
    engine = create_engine("sqlite://", creator=lambda: _connect_read_only(path), poolclass=QueuePool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _connect_read_only(path: Path) -> sqlite3.Connection:
    # SQLite shares a file with a write-ahead log through two more files. Where it can neither find nor make them,
    # nobody writes to the file, and it can be read as one that never changes.
    is_shared = os.access(path.parent, os.W_OK) or path.with_name(f"{path.name}-wal").exists()
    place = f"{path.absolute().as_uri()}?{'mode=ro' if is_shared else 'immutable=1'}"
    return sqlite3.connect(place, uri=True, timeout=5.0, isolation_level=None, check_same_thread=False)


def _set_up(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    if connection.execute("PRAGMA page_count").fetchone() == (0,):  # stays with the file; never touch a foreign one
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Raise errors of the database and the file system as StorageError, in one line that names `place`."""
    try:
        yield
    except DatabaseError as error:
        raise StorageError(f"{place}: {_plain(str(error.orig))}") from error
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{place}: {_plain(str(error))}") from error
    except OSError as error:
        raise StorageError(f"{place}: {error.strerror or error}") from error


def _plain(message: str) -> str:
    for sign, words in (
        ("full", "the disk is full; this change was not saved, free some space"),
        ("disk I/O error", "cannot write, the disk or a quota may be full; this change was not saved, free some space"),
        ("readonly", "cannot write: the file or its folder is read-only; change its permissions"),
        ("unable to open", "cannot open or write the file; check its permissions and those of its folder"),
        ("not a database", f"not a fewclicks project: the file is damaged or not SQLite; {RESTORE}"),
        ("malformed", DAMAGED),
        ("locked", "another program is writing to the file; stop it and try again"),
    ):
        if sign in message:
            return words
    return " ".join(message.split())


def make_tables(engine: Engine) -> None:
    """Create the tables in a new file."""
    with engine.begin() as connection:
        for statement in _statements():
            connection.exec_driver_sql(statement)


@cache
def _statements() -> tuple[str, ...]:
    """Return the SQL that makes the tables of this version; the migrations run once a process, in memory."""
    place = Path(":memory:")
    engine = open_engine(place)
    try:
        with engine.begin() as connection:
            _upgrade(connection, place)
            made = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"))
            return (*made.scalars(), f"INSERT INTO alembic_version VALUES ('{REVISION}')")
    finally:
        engine.dispose()


def check_sound(engine: Engine, place: Path) -> None:
    """Read the whole file, about a second per GB. Raises StorageError if a part of it is damaged."""
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
            raise StorageError(f"{place}: {DAMAGED}")


def migrate(engine: Engine, place: Path) -> None:
    """Migrate the tables to this version, all or nothing, after copying the file to `NAME.before-REVISION`.

    Raises StorageError for a newer or foreign file.
    """
    with engine.begin() as connection:
        revision = _known_revision(connection, place)
        if revision < REVISION:
            copy_database(place, place.with_name(f"{place.name}.before-{REVISION}"))
        if revision != REVISION:
            _upgrade(connection, place)


def check_current(engine: Engine, place: Path) -> None:
    """Raise StorageError unless the tables have the revision of this version."""
    with engine.connect() as connection:
        revision = _known_revision(connection, place)
    if revision > REVISION:
        raise StorageError(f"{place}: {NEWER}")
    if revision < REVISION:
        problem = "made by an earlier fewclicks, and read-only; make it and its folder writable, then open it once"
        raise StorageError(f"{place}: {problem}")


def _known_revision(connection: Connection, place: Path) -> str:
    revision = stored_revision(connection)
    if revision is None:
        problem = "not a fewclicks project: the file belongs to another program; choose another folder"
        raise StorageError(f"{place}: {problem}")
    return revision


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy of the SQLite file `source` to `target`, all or nothing."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with (
        closing(_connect_read_only(source)) as connection,
        closing(sqlite3.connect(part)) as copied,
    ):
        connection.backup(copied)
    os.replace(part, target)


def _tables(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())


def stored_revision(connection: Connection) -> str | None:
    """Return the revision of the tables; None in a foreign file."""
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
        raise StorageError(f"{place}: {NEWER}") from error

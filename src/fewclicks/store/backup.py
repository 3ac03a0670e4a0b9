"""Backups of projects: a consistent copy of `project.db`, also while the project is open elsewhere."""

import os
from pathlib import Path

from fewclicks.errors import ConflictError, InputError, NotFoundError
from fewclicks.scratch import scratch_folder
from fewclicks.store.database import copy_database, open_read_only, storage_errors, stored_revision
from fewclicks.store.project import DATABASE, move_in

PARTS = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")


def back_up(folder: Path, file: Path) -> None:
    """Copy the database of the project in `folder` to the new file `file`, all or nothing.

    Raises NotFoundError without a project, ConflictError when `file` exists, StorageError when the database is
    damaged or the file cannot be written.
    """
    source = Path(folder) / DATABASE
    if not source.is_file():
        raise NotFoundError(f"{folder}: no project here ({DATABASE} is missing); check the path")
    if file.exists():
        raise ConflictError(f"{file}: this file exists already; choose another name")
    with storage_errors(file), scratch_folder(file) as part:
        copied = part / DATABASE
        with storage_errors(source):
            copy_database(source, copied)
        os.replace(copied, file)


def restore(file: Path, folder: Path) -> None:
    """Make the backup `file` the project in `folder`, which is new or has no project; all or nothing.

    Raises InputError for a file that is not a sound backup, ConflictError when a project is there already, StorageError
    when the folder cannot be written.
    """
    folder = Path(folder).resolve()
    _check_backup(file)
    for name in PARTS:
        if (folder / name).exists():
            raise ConflictError(f"{folder}: {name} exists already; choose another folder, or move it away first")
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder) as part:
            (part / "new").mkdir()
            copy_database(file, part / "new" / DATABASE)
            move_in(part / "new", folder)


def _check_backup(file: Path) -> None:
    if not file.is_file():
        raise InputError("file not found; check the path", file)
    engine = open_read_only(file)
    try:
        with storage_errors(file), engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise InputError("the backup is damaged; use another one", file)
            if stored_revision(connection) is None:
                raise InputError("not a backup of a project; choose another file", file)
    finally:
        engine.dispose()

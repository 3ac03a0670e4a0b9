"""A project: a folder with `project.db`, opened by one process at a time."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from uuid import uuid4

from fewclicks.errors import ConflictError, InputError, NotFoundError, StorageError
from fewclicks.store.classes import new_classes
from fewclicks.store.database import RESTORE, make_tables, migrate, open_engine, storage_errors
from fewclicks.store.folder import is_utf8
from fewclicks.store.images import SyncReport, sync_images
from fewclicks.store.lock import ProjectLock
from fewclicks.store.log import Log
from fewclicks.store.records import ClassRow, ImageRow, ProjectRow

DATABASE = "project.db"


def create_project(folder: Path, images: Path, classes: Sequence[str] = (), name: str | None = None) -> None:
    """Create a project in `folder` (new, or without a project) for the images below `images`.

    `classes` may be empty, because the page can add classes. All or nothing: the project is built in a temporary
    folder and renamed. Raises InputError for a folder without images or an invalid class, ConflictError when a project
    exists already, StorageError when the folder cannot be written.
    """
    folder, images = Path(folder).resolve(), Path(images).resolve()
    rows = new_classes(classes)
    for path in (folder, images):
        if not is_utf8(path):
            raise InputError("expected a path in UTF-8; rename the folder", path)
    with storage_errors(folder):
        if (folder / DATABASE).exists():
            problem = "a project exists already; open it with fewclicks serve, or choose another folder"
            raise ConflictError(f"{folder}: {problem}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name[:50]}-", dir=folder.parent))
        try:
            _build(scratch / DATABASE, name or folder.name, _stored(images, folder), images, rows)
            move_in(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _build(path: Path, name: str, stored: str, images: Path, classes: Sequence[ClassRow]) -> None:
    engine = open_engine(path)
    try:
        make_tables(engine)
        with engine.begin() as connection:
            log = Log(connection)
            log.set_project(ProjectRow(uuid4().hex, name, stored))
            log.put_classes(classes)
            if not sync_images(log, images).added:
                raise InputError("no images in this folder; add jpg, png, tif, webp, bmp or gif files", images)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def move_in(scratch: Path, folder: Path) -> None:
    """Move the built project from `scratch` to `folder`."""
    if folder.exists():
        os.replace(scratch / DATABASE, folder / DATABASE)
    else:
        os.replace(scratch, folder)
        folder.chmod(0o755)


def _stored(images: Path, folder: Path) -> str:
    """Return the stored path of the image folder: relative inside the project, which may be moved, else absolute."""
    return images.relative_to(folder).as_posix() if images.is_relative_to(folder) else str(images)


class Project:
    """An open project: `changing` runs changes one after the other, `reading` does not wait for them."""

    def __init__(self, folder: Path) -> None:
        """Open the project in `folder` and update its images from the image folder.

        Raises NotFoundError without a project, ConflictError when another process has it open, StorageError when it
        cannot be read or written or was made by a newer version.
        """
        self.folder = Path(folder).resolve()
        path = self.folder / DATABASE
        with storage_errors(self.folder):
            if not path.is_file():
                problem = f"{self.folder}: no project here ({DATABASE} is missing); create one with: fewclicks new"
                raise NotFoundError(problem)
            if path.stat().st_size == 0:
                raise StorageError(f"{path}: not a fewclicks project: the file is empty; {RESTORE}")
        self._lock = ProjectLock(self.folder)
        self._order = RLock()
        self.commits = 0  # transactions of `changing` that ended, so that others notice a change without asking
        self._engine = open_engine(path)
        try:
            self.synced = self._prepare(path)
        except BaseException:
            self.close()
            raise

    def _prepare(self, path: Path) -> SyncReport:
        with storage_errors(path):
            migrate(self._engine, path)
        with self.reading() as log:
            row = log.project()
        if row is None:
            raise StorageError(f"{path}: not a fewclicks project: its tables are empty; {RESTORE}")
        self.id, self.name = row.uid, row.name
        self.image_folder = (self.folder / row.images).resolve()
        return self.sync()

    def sync(self) -> SyncReport:
        """Update the images from the image folder: new, renamed and missing files."""
        with self.changing() as log:
            if not self.image_folder.is_dir():
                raise StorageError(f"{self.image_folder}: the image folder of the project is missing; restore it")
            return sync_images(log, self.image_folder)

    def image_path(self, image: ImageRow) -> Path:
        """Return the path of the image file."""
        return self.image_folder / image.file_name

    @contextmanager
    def in_order(self) -> Iterator[None]:
        """Block other changes, so that values read inside the block are still valid when written."""
        with self._order:
            yield

    @contextmanager
    def changing(self) -> Iterator[Log]:
        """Open a transaction, which is on disk when the block ends; an error inside reverts everything."""
        with self._order, storage_errors(self.folder / DATABASE):
            with self._engine.begin() as connection:
                yield Log(connection)
            self.commits += 1

    @contextmanager
    def reading(self) -> Iterator[Log]:
        """Open a read-only view of the present state; anything written inside is discarded."""
        with storage_errors(self.folder / DATABASE), self._engine.connect() as connection:
            yield Log(connection)

    def last_seq(self) -> int:
        """Return the number of the last event of the log; 0: there is none."""
        with self.reading() as log:
            return log.next_seq() - 1

    def close(self) -> None:
        """Close the project, so that any process can open it."""
        self._engine.dispose()
        self._lock.release()

    def __enter__(self) -> "Project":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

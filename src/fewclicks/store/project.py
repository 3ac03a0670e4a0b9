"""A project: a folder with `project.db`, open in one process at a time."""

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
from fewclicks.store.database import make_tables, migrate, open_engine, storage_errors
from fewclicks.store.folder import is_utf8
from fewclicks.store.images import SyncReport, sync_images
from fewclicks.store.lock import ProjectLock
from fewclicks.store.log import Log
from fewclicks.store.records import ClassRow, ImageRow, ProjectRow

DATABASE = "project.db"


def create_project(folder: Path, images: Path, classes: Sequence[str] = (), name: str | None = None) -> None:
    """Make a project in `folder` (new, or without a project) over the images below `images`.

    `classes` may be empty: the page adds classes.

    All or nothing: it is built aside and renamed into place. Raises InputError for a folder without images or
    a class without name, ConflictError when there is a project already, StorageError when it cannot be written.
    """
    folder, images = Path(folder).resolve(), Path(images).resolve()
    rows = new_classes(classes)
    for path in (folder, images):
        if not is_utf8(path):
            raise InputError("expected a path in UTF-8; rename it", path)
    with storage_errors(folder):
        if (folder / DATABASE).exists():
            raise ConflictError(f"{folder} is a project already")
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name[:50]}-", dir=folder.parent))
        try:
            _build(scratch / DATABASE, name or folder.name, _stored(images, folder), images, rows)
            _move_in(scratch, folder)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _build(path: Path, name: str, stored: str, images: Path, classes: Sequence[ClassRow]) -> None:
    engine = open_engine(path)
    try:
        make_tables(engine, path)
        with engine.begin() as connection:
            log = Log(connection)
            log.set_project(ProjectRow(uuid4().hex, name, stored))
            log.put_classes(classes)
            if not sync_images(log, images).added:
                raise InputError("there is no image in this folder (jpg, png, tif, webp, bmp, gif)", images)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def _move_in(scratch: Path, folder: Path) -> None:
    if folder.exists():
        os.replace(scratch / DATABASE, folder / DATABASE)
    else:
        os.replace(scratch, folder)
        folder.chmod(0o755)


def _stored(images: Path, folder: Path) -> str:
    """Images inside the project move with it; others are where they are."""
    return images.relative_to(folder).as_posix() if images.is_relative_to(folder) else str(images)


class Project:
    """An open project. Changes go one after the other through `changing`; `reading` never waits for them."""

    def __init__(self, folder: Path) -> None:
        """Open the project in `folder` and take in what changed in its image folder.

        Raises NotFoundError when there is none, ConflictError when another process has it open, StorageError when
        it cannot be read or written or was made by a newer version.
        """
        self.folder = Path(folder).resolve()
        path = self.folder / DATABASE
        with storage_errors(self.folder):
            if not path.is_file():
                problem = f"there is no project in {self.folder} (no {DATABASE}); make one with: fewclicks new"
                raise NotFoundError(problem)
            if path.stat().st_size == 0:
                raise StorageError(f"{path}: it is not a fewclicks project (the file is empty)")
        self._lock = ProjectLock(self.folder)
        self._order = RLock()
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
            raise StorageError(f"{path}: it is not a fewclicks project (its tables are empty)")
        self.id, self.name = row.uid, row.name
        self.image_folder = (self.folder / row.images).resolve()
        return self.sync()

    def sync(self) -> SyncReport:
        """Look into the image folder again: new, renamed and lost images."""
        with self.changing() as log:
            if not self.image_folder.is_dir():
                raise StorageError(f"the image folder {self.image_folder} of the project is not there; put it back")
            return sync_images(log, self.image_folder)

    def image_path(self, image: ImageRow) -> Path:
        return self.image_folder / image.file_name

    @contextmanager
    def in_order(self) -> Iterator[None]:
        """Hold back other changes, so that what is read inside still holds when it is written."""
        with self._order:
            yield

    @contextmanager
    def changing(self) -> Iterator[Log]:
        """One transaction, on disk when the block is left; an error inside leaves everything as it was."""
        with self._order, storage_errors(self.folder / DATABASE), self._engine.begin() as connection:
            yield Log(connection)

    @contextmanager
    def reading(self) -> Iterator[Log]:
        """The state at one moment; nothing written inside would be kept."""
        with storage_errors(self.folder / DATABASE), self._engine.connect() as connection:
            yield Log(connection)

    def close(self) -> None:
        """Let the project go; it can be opened again anywhere."""
        self._engine.dispose()
        self._lock.release()

    def __enter__(self) -> "Project":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

"""A project: a folder with `project.db`, opened by one process at a time."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from uuid import uuid4

from fewclicks.errors import ConflictError, InputError, NotFoundError, StorageError
from fewclicks.scratch import scratch_folder
from fewclicks.store.classes import new_classes
from fewclicks.store.database import (
    RESTORE,
    check_current,
    check_sound,
    make_tables,
    migrate,
    open_engine,
    open_read_only,
    storage_errors,
)
from fewclicks.store.events import Outcome, Request
from fewclicks.store.folder import is_utf8
from fewclicks.store.images import (
    SyncReport,
    find_renamed,
    natural_positions,
    read_again,
    rename_images,
    sync_images,
    update_image,
)
from fewclicks.store.lock import ProjectLock
from fewclicks.store.log import Log
from fewclicks.store.records import ClassRow, ImageRow, ProjectRow

DATABASE = "project.db"
PROGRAM = "fewclicks"  # the author of events that nobody requested
READ_ONLY = "this project is read-only; make the folder and its project.db writable, then start fewclicks again"


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
            raise InputError("the path is not valid UTF-8; rename the folder", path)
    with storage_errors(folder):
        if (folder / DATABASE).exists():
            problem = "a project exists already; open it with fewclicks serve, or choose another folder"
            raise ConflictError(f"{folder}: {problem}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder) as part:
            (part / "new").mkdir()
            _build(part / "new" / DATABASE, name or folder.name, _stored(images, folder), images, rows)
            move_in(part / "new", folder)


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


def _stored(images: Path, folder: Path) -> str:
    """Return the stored path of the image folder: relative inside the project, which may be moved, else absolute."""
    return images.relative_to(folder).as_posix() if images.is_relative_to(folder) else str(images)


class Project:
    """An open project: `changing` runs changes one after the other, `reading` does not wait for them."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        """Open the project in `folder` and update its images from the image folder.

        Without permission to write, or if the caller wants so, the project is `read_only`: it stays as it is, and other
        processes may open it too.
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
        self.read_only = read_only or not all(os.access(each, os.W_OK) for each in (self.folder, path))
        self._lock = None if self.read_only else ProjectLock(self.folder)
        self._order = Lock()
        self.commits = 0  # transactions of `changing` that ended, so that others notice a change without asking
        self._engine = open_read_only(path) if self.read_only else open_engine(path)
        try:
            self.synced = self._prepare(path)
        except BaseException:
            self.close()
            raise

    def _prepare(self, path: Path) -> SyncReport:
        with storage_errors(path):
            check_sound(self._engine, path)
            (check_current if self.read_only else migrate)(self._engine, path)
        with self.reading() as log:
            row = log.project()
        if row is None:
            raise StorageError(f"{path}: not a fewclicks project: its tables are empty; {RESTORE}")
        self.id, self.name = row.uid, row.name
        self.image_folder = (self.folder / row.images).resolve()
        return SyncReport() if self.read_only else self.sync()

    def check_writable(self) -> None:
        """Raise StorageError if the project is read-only."""
        if self.read_only:
            raise StorageError(f"{self.folder}: {READ_ONLY}")

    def sync(self) -> SyncReport:
        """Update the images from the image folder: new, renamed and missing files."""
        with self.changing() as log:
            if not self.image_folder.is_dir():
                raise StorageError(f"{self.image_folder}: the image folder of the project is missing; restore it")
            return sync_images(log, self.image_folder)

    def look_again(self, image_id: int) -> ImageRow:
        """Read the file of an image with a problem again; it may be fixed. Other changes do not wait for the reading.

        Returns the image as it is then. Raises NotFoundError.
        """
        with self.reading() as log:
            row = log.image(image_id)
        measured = None if row.problem is None or self.read_only else read_again(row, self.image_folder)
        if measured is not None and measured != row:
            with self.changing() as log:
                update_image(log, row, measured)
                return log.image(image_id)
        return row

    def find_renamed(self) -> None:
        """Find the files of missing images under other names; each becomes an event of the log.

        Other changes do not wait for the search. Raises InputError without the image folder.
        """
        with self.reading() as log:
            rows = log.images()
        renamed = find_renamed(rows, self.image_folder)
        if not renamed:
            return
        found = {row.id: row for row in renamed}
        positions = natural_positions([found.get(row.id, row) for row in rows])
        with self.changing() as log:
            rename_images(log, renamed, positions)
            for row in renamed:
                payload = {"image_id": row.id, "file_name": row.file_name}
                log.append(Request(uuid4().hex, "rename", "rename", payload, row.id, author=PROGRAM), Outcome())

    def image_path(self, image: ImageRow) -> Path:
        """Return the path of the image file."""
        return self.image_folder / image.file_name

    @contextmanager
    def changing(self) -> Iterator[Log]:
        """Open a transaction, which is on disk when the block ends; an error inside reverts everything.

        Raises StorageError if the project is read-only.
        """
        self.check_writable()
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
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> "Project":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

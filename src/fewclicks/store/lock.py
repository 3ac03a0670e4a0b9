"""One process a project: the lock, and a line that says who holds it."""

import os
from pathlib import Path

from filelock import FileLock, Timeout

from fewclicks.errors import ConflictError, StorageError

LOCK, HOLDER = "project.lock", "project.pid"


class ProjectLock:
    """Held from the opening of a project to its closing; the system lets it go when the process dies."""

    def __init__(self, folder: Path) -> None:
        """Raises ConflictError when another process holds it, StorageError when the folder cannot be written."""
        self._folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)  # it is the process that holds it
        try:
            self._lock.acquire()
            (folder / HOLDER).write_text(str(os.getpid()))
        except Timeout as error:
            pid = _holder(folder)
            raise ConflictError(f"{folder} is open in another process (pid {pid}); stop it first") from error
        except OSError as error:
            self._lock.release()
            raise StorageError(f"{folder}: it cannot be written: {error.strerror or error}") from error

    def release(self) -> None:
        """Let it go; no effect when it is gone already, for then the next one may hold it."""
        if self._lock.is_locked:
            (self._folder / HOLDER).unlink(missing_ok=True)
            self._lock.release()


def _holder(folder: Path) -> str:
    try:
        return (folder / HOLDER).read_text().strip() or "unknown"
    except OSError:
        return "unknown"

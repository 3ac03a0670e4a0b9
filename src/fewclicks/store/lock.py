"""The lock that allows one process a project, and the id of the process that holds it."""

import os
from pathlib import Path

from filelock import FileLock, Timeout

from fewclicks.errors import ConflictError, StorageError

LOCK, HOLDER = "project.lock", "project.pid"


class ProjectLock:
    """A lock from opening a project to closing it; the system releases it when the process ends."""

    def __init__(self, folder: Path) -> None:
        """Acquire the lock.

        Raises ConflictError when another process holds it, StorageError when the folder cannot be written.
        """
        self._folder = folder
        self._lock = FileLock(folder / LOCK, timeout=0, thread_local=False)  # it is the process that holds it
        try:
            self._lock.acquire()
            (folder / HOLDER).write_text(str(os.getpid()))
        except Timeout as error:
            pid = _holder(folder)
            raise ConflictError(
                f"{folder}: the project is open in another process (pid {pid}); stop it first"
            ) from error
        except OSError as error:
            self._lock.release()
            problem = f"cannot write: {error.strerror or error}; check the permissions and the free space"
            raise StorageError(f"{folder}: {problem}") from error

    def release(self) -> None:
        """Release the lock; without effect when it is released already, because another process may hold it."""
        if self._lock.is_locked:
            (self._folder / HOLDER).unlink(missing_ok=True)
            self._lock.release()


def _holder(folder: Path) -> str:
    try:
        return (folder / HOLDER).read_text().strip() or "unknown"
    except OSError:
        return "unknown"

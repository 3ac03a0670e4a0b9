"""Folders for unfinished files; a folder that a killed process left is removed by the next write."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

LOCK = "lock"  # in each folder, locked as long as its process is alive
LONGEST = 50  # characters of the name of the target


@contextmanager
def scratch_folder(target: Path) -> Iterator[Path]:
    """Make a folder beside `target` for its unfinished content, and remove it at the end.

    After success, the folders that killed processes left for `target` are removed too. Raises OSError.
    """
    folder, lock = _made(target)
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)
    _remove_left(target)


def _made(target: Path) -> tuple[Path, BaseFileLock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name[:LONGEST]}.", suffix=".part", dir=target.parent))
        lock = FileLock(folder / LOCK, timeout=0)
        try:
            lock.acquire()
            if lock.is_locked and folder.exists():
                return folder, lock
        except (Timeout, OSError):
            if folder.exists():
                shutil.rmtree(folder, ignore_errors=True)
                raise
        lock.release()  # another process took the new folder for one that was left, and removed it


def _remove_left(target: Path) -> None:
    name = re.compile(rf"\.{re.escape(target.name[:LONGEST])}\.[a-z0-9_]+\.part")
    for folder in target.parent.iterdir():
        if name.fullmatch(folder.name) and folder.is_dir():
            try:
                with FileLock(folder / LOCK, timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)
            except (Timeout, OSError):
                continue  # another process is writing
            shutil.rmtree(folder, ignore_errors=True)  # Windows deletes no file that is open

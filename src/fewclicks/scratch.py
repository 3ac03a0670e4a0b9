"""Folders for unfinished files; a folder that a killed process left is removed by the next write."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

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
    with suppress(OSError):  # what was written is there all the same
        _remove_left(target)


def _made(target: Path) -> tuple[Path, BaseFileLock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name[:LONGEST]}.", suffix=".part", dir=target.parent))
        lock = FileLock(folder / LOCK, timeout=0)
        try:
            lock.acquire()
            if folder.exists():
                return folder, lock
            lock.release()
        except (Timeout, FileNotFoundError, FileExistsError):
            continue  # another process took the new folder for one that was left, and removes it
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _remove_left(target: Path) -> None:
    prefix = f".{target.name[:LONGEST]}."
    name = re.compile(rf"{re.escape(prefix)}[a-z0-9_]+\.part")
    for folder in target.parent.iterdir():
        if name.fullmatch(folder.name) and folder.is_dir():
            # Renamed first: a process that has just made the folder notices at once, and makes another one.
            gone = folder.with_name(f"{prefix}{uuid4().hex}.part")
            with suppress(OSError), FileLock(folder / LOCK, timeout=0):  # it times out while another process writes
                os.rename(folder, gone)
                shutil.rmtree(gone, ignore_errors=True)

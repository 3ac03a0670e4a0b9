"""libvips, bounded: few threads and arenas, nothing cached by name; and its errors as lines that a user can act on."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyvips

from fewclicks.allocator import share_memory
from fewclicks.errors import InputError, StorageError

THREADS = min(2, os.cpu_count() or 1)

# Its cache knows files by name alone, so that a changed one would be read as it was, and keeps them open.
pyvips.cache_set_max(0)
pyvips.concurrency_set(THREADS)
share_memory(THREADS)

EMPTY_WORDS = re.compile(r"unable to .*|.*(pseudo-tag|[Uu]nknown tag|Unknown error).*")
WHY_NOT_WRITTEN = re.compile(r"system error: (?!Unknown)(.+)")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What libvips says inside is said of `path`, as InputError."""
    try:
        yield
    except pyvips.Error as error:
        raise InputError(f"the image is damaged or cannot be read: {_reason(error)}", path) from error
    except InputError as error:
        raise InputError(error.problem, path) from error


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What goes wrong in writing to `folder` is said as StorageError; the rest is left as it is."""
    try:
        yield
    except pyvips.Error as error:
        said = error.detail or ""
        if "write failed" not in said and "write error" not in said.lower():
            raise
        why = WHY_NOT_WRITTEN.search(said)
        raise StorageError(f"{folder}: cannot be written ({why[1] if why else 'the disk may be full'})") from error
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from error


def _reason(error: pyvips.Error) -> str:
    """The first line that says something."""
    lines = [line.strip() for line in (error.detail or error.message or "").splitlines()]
    return next((line for line in lines if line and not EMPTY_WORDS.fullmatch(line)), "it says no reason")

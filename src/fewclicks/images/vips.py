"""libvips with few threads and without a cache, and its errors in plain words."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyvips

from fewclicks.allocator import share_memory
from fewclicks.errors import InputError, StorageError

THREADS = min(2, os.cpu_count() or 1)

# The cache identifies files by name, so it would return old content of changed files, and keeps files open.
pyvips.cache_set_max(0)
pyvips.concurrency_set(THREADS)
share_memory(THREADS)

UNINFORMATIVE = re.compile(r"unable to .*|.*(pseudo-tag|[Uu]nknown tag|Unknown error).*")
WRITE_ERROR = re.compile(r"system error: (?!Unknown)(.+)")

REMEDY = "check the permissions and the free space"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise errors of libvips as InputError about `path`."""
    try:
        yield
    except pyvips.Error as error:
        raise InputError(f"cannot read the image: {_reason(error)}; check or replace the file", path) from error
    except InputError as error:
        raise InputError(error.problem, path) from error


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raise errors of writing to `folder` as StorageError; other errors stay unchanged."""
    try:
        yield
    except pyvips.Error as error:
        detail = error.detail or ""
        if "write failed" not in detail and "write error" not in detail.lower():
            raise
        why = WRITE_ERROR.search(detail)
        reason = why[1] if why else "the disk may be full"
        raise StorageError(f"{folder}: cannot write: {reason}; {REMEDY}") from error
    except OSError as error:
        raise StorageError(f"{folder}: cannot write: {error.strerror or error}; {REMEDY}") from error


def _reason(error: pyvips.Error) -> str:
    """Return the first informative line of an error."""
    lines = [line.strip() for line in (error.detail or error.message or "").splitlines()]
    return next((line for line in lines if line and not UNINFORMATIVE.fullmatch(line)), "unknown reason")

"""Text files from outside and to the outside: read with clear errors, written at once or not at all."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from fewclicks.errors import InputError, StorageError


def read_text(path: Path) -> str:
    """The UTF-8 text of a file, without a byte order mark. Raises InputError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("there is no such file", path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"expected UTF-8 text, got {error.object[error.start]:#04x}", path, _byte(error)) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from error


def _byte(error: UnicodeDecodeError) -> str:
    return f"byte {error.start}"


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises InputError with line and column. NaN and Infinity come as floats."""
    text = read_text(path)
    if not text.strip():
        raise InputError("expected JSON, the file is empty", path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"this is not JSON ({error.msg})", path, place) from error
    except RecursionError as error:
        raise InputError("the JSON is nested too deeply", path) from error
    except ValueError as error:  # a number with more digits than Python reads
        raise InputError(f"the JSON cannot be read ({error})", path) from error


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text to a new file, make sure it is on the disk, then let it take the place of `path`.

    Raises StorageError, and leaves what was at `path` as it was.
    """
    try:
        _write_beside(path, text.encode("utf-8"))
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror or error})") from error


def _write_beside(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:50]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode_of_a_new_file(path))
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(path.parent)


def _mode_of_a_new_file(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """A rename is safe from a power cut only when the folder is on the disk; not every system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

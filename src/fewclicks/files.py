"""Reading and writing files: errors in one line, and atomic writes."""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from fewclicks.errors import InputError, StorageError
from fewclicks.scratch import scratch_folder

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_text(path: Path) -> str:
    """Return the UTF-8 text of a file, without a byte order mark. Raises InputError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("file not found; check the path", path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"expected UTF-8 text, got {error.object[error.start]:#04x}", path, _byte(error)) from error
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}; check the file", path) from error


def _byte(error: UnicodeDecodeError) -> str:
    return f"byte {error.start}"


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, NaN and Infinity as floats. Raises InputError with line and column."""
    return parse_json(read_text(path), path)


def parse_json(text: str, path: Path) -> Any:
    """Return the content of `text`, which the file `path` contains, like `read_json`."""
    if not text.strip():
        raise InputError("expected JSON, got an empty file", path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"not JSON: {error.msg}", path, place) from error
    except RecursionError as error:
        raise InputError("the JSON is nested too deeply; reduce the nesting", path) from error
    except ValueError as error:  # a number with more digits than Python reads
        raise InputError(f"cannot read the JSON: {error}", path) from error


def check_replaceable(path: Path, beginnings: tuple[bytes, ...] = (b"{", b"["), kind: str = "JSON") -> None:
    """Raise StorageError when `path` is a file that is not empty and does not start with one of `beginnings`.

    kind: the name of such files in the error. This protects images, projects and devices from a mistyped path.
    """
    if path.is_dir():
        raise StorageError(f"{path}: a folder with this name exists; choose another name")
    if not path.exists():
        return
    if not path.is_file():
        raise StorageError(f"{path}: cannot write: not a regular file; choose another path")
    with suppress(OSError), path.open("rb") as file:
        content = file.read(1024).removeprefix(BYTE_ORDER_MARK).lstrip()
        if content and not content.startswith(beginnings):
            raise StorageError(f"{path}: this file exists and is not {kind}; choose another name")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text to a new file, synchronise it to the disk, then replace `path` by it.

    Raises StorageError; an existing file is unchanged then.
    """
    try:
        _write_beside(path, text.encode("utf-8"))
    except OSError as error:
        raise _unwritable(path, error) from error


def write_text_and_folder(path: Path, text: str, folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write `text` to `path` and `files`, by their names in it, as the new content of `folder` beside it.

    Everything is written under other names before three renames: of the old folder, of the new folder, and of the
    file. An interruption between them can leave the old folder as `old` in a hidden folder beside it. Raises
    StorageError; existing files are unchanged then.
    """
    try:
        with scratch_folder(path) as part:
            new_text, new_folder = part / "text", part / "folder"
            _write_new(new_text, text.encode("utf-8"))
            _fill(new_folder, files)
            _keep_mode(path, new_text)
            _put_in_place(new_text, path, new_folder, folder, part / "old")
    except OSError as error:
        raise _unwritable(path, error) from error


def write_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write `files`, by their names in it, as the new content of `folder`, as `write_text_and_folder` does."""
    try:
        with scratch_folder(folder) as part:
            new, aside = part / "folder", part / "old"
            _fill(new, files)
            if folder.exists():
                os.rename(folder, aside)
            try:
                os.rename(new, folder)
            except BaseException:
                if aside.exists():
                    os.rename(aside, folder)
                raise
            _sync_folder(folder.parent)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"{path}: cannot write: {reason}; check the permissions and the free space")


def _fill(new_folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    new_folder.mkdir()
    for name, content in files:
        (new_folder / name).parent.mkdir(parents=True, exist_ok=True)
        _write_new(new_folder / name, content)
    for made in (new_folder, *filter(Path.is_dir, new_folder.rglob("*"))):
        _sync_folder(made)


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(new_file: Path, file: Path, new_folder: Path, folder: Path, aside: Path) -> None:
    if folder.exists():
        os.rename(folder, aside)
    try:
        os.rename(new_folder, folder)
        os.replace(new_file, file)
    except BaseException:
        with suppress(OSError):  # the folder may not be renamed yet
            os.rename(folder, new_folder)
        if aside.exists():
            os.rename(aside, folder)
        raise
    _sync_folder(file.parent)


def _write_beside(path: Path, content: bytes) -> None:
    with scratch_folder(path) as part:
        _write_new(part / "file", content)
        _keep_mode(path, part / "file")
        os.replace(part / "file", path)
        _sync_folder(path.parent)


def _keep_mode(existing: Path, new: Path) -> None:
    """Give `new` the permissions of the file `existing`, if there is one."""
    with suppress(FileNotFoundError):
        os.chmod(new, existing.stat().st_mode & 0o777)


def _sync_folder(folder: Path) -> None:
    """Synchronise the folder to the disk, if the system supports it, so that renames survive a power cut."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def user_data_folder() -> Path:
    """Return the folder for the user's data of fewclicks; it may not exist yet."""
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = Path.home() / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "fewclicks"

"""ZIP files of annotations, as the page exports them: unpacked for the time of an import."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fewclicks.errors import InputError

NO_CONTENT = frozenset({"__MACOSX", ".DS_Store"})  # what macOS adds to a ZIP file


@contextmanager
def unpacked(path: Path, suffix: str) -> Iterator[Path]:
    """Yield `path`. For a ZIP file, yield what a format reads from it: the only file with `suffix`, or its folder.

    suffix: "" for a format that reads a folder. If an error is about a file in the ZIP file, its path starts with that
    of the ZIP file. Raises InputError for a ZIP file that cannot be unpacked.
    """
    if path.suffix.lower() != ".zip" or suffix == ".zip" or not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="fewclicks-") as temporary:
        folder = Path(temporary).resolve()
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise InputError(
                f"cannot unpack the ZIP file: {error}; unpack it yourself, then import what it contains", path
            ) from error
        try:
            yield _content(folder, suffix, path)
        except InputError as error:
            raise InputError(error.problem, _inside(path, folder, error.path), error.place) from error


def _content(folder: Path, suffix: str, path: Path) -> Path:
    entries = [each for each in folder.iterdir() if each.name not in NO_CONTENT]
    top = entries[0] if len(entries) == 1 and entries[0].is_dir() else folder
    if not suffix:
        return top
    files = [each for each in top.iterdir() if each.suffix == suffix]
    if len(files) != 1:
        raise InputError(
            f"expected one {suffix} file in the ZIP file, got {len(files)}; unpack it, then import the right file", path
        )
    return files[0]


def _inside(path: Path, folder: Path, file: Path | str | None) -> Path | str | None:
    """Return the name of a file below `folder`, as one in the ZIP file."""
    if isinstance(file, Path) and file.is_relative_to(folder):
        return path / file.relative_to(folder)
    return file

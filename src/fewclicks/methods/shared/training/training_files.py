"""The list of files that a version was trained on, by their SHA-256."""

import os
import subprocess
from collections.abc import Iterable
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.files import write_text

PACKAGE = Path(__file__).parents[3]
SUFFIX = ".sha256"


def write_training_files(files: Iterable[Path], weights: Path) -> str:
    """Write NAME.sha256 beside the main file `weights`, and return a line about it for the card.

    The list has a line for each file, with its path from the folder that contains all of them. In that folder,
    `sha256sum --check NAME.sha256` compares the files. Raises InputError for a file that cannot be read, StorageError.
    """
    found = sorted({Path(os.path.abspath(each)) for each in files})
    if not found:
        return "no files"
    folder = Path(os.path.commonpath([each.parent for each in found]))
    lines = [f"{_sha256(each)}  {each.relative_to(folder).as_posix()}\n" for each in found]
    path = weights.with_suffix(SUFFIX)
    write_text(path, "".join(lines))
    return f"{len(found)} files, listed in {path.name}"


def code_version() -> str:
    """Return the version of fewclicks, and the commit if it runs from its repository."""
    named = f"fewclicks {version('fewclicks')}"
    if not (PACKAGE.parents[1] / ".git").exists():
        return named
    command = ["git", "-C", str(PACKAGE), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        commit = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return named
    return f"{named}, commit {commit}"


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read the training file: {error.strerror}", path) from error

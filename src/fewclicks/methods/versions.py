"""Versions of models as files: NAME-1, NAME-2, ... in the models folder of a project or of the user."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from fewclicks.errors import StorageError
from fewclicks.files import user_data_folder
from fewclicks.methods.spec import Role

CARD = ".json"  # the card beside the files of a version
FOLDER = "models"  # in a project, and in the user's data folder


def user_folder() -> Path:
    """Return the folder of the user's own versions for all projects."""
    return user_data_folder() / FOLDER


def versions(folder: Path, role: Role) -> list[str]:
    """Return the names of the versions of a model in `folder`, oldest first; none for a model without files."""
    if not role.files:
        return []
    suffix = role.files[0].suffix
    names = (path.name.removesuffix(suffix) for path in folder.glob(f"{role.name}-*{suffix}"))
    return sorted((name for name in names if _number(name, role)), key=lambda name: _number(name, role))


def next_version(folder: Path, role: Role) -> str:
    """Return a name that no existing file uses."""
    used = (_number(path.name.split(".")[0].split("_")[0], role) for path in folder.glob(f"{role.name}-*"))
    return f"{role.name}-{max(used, default=0) + 1}"


def add_version(files: Mapping[str, Path], role: Role, folder: Path) -> str:
    """Move `files`, by suffix, into `folder` as the next version, and return its name.

    Raises StorageError; nothing is overwritten.
    """
    name = next_version(folder, role)
    put_version(name, files, role, folder)
    return name


def version_suffixes(role: Role) -> list[str]:
    """Return the suffixes of the files that a version may have, that of its card included."""
    return [*(slot.suffix for slot in role.files), CARD]


def put_version(name: str, files: Mapping[str, Path], role: Role, folder: Path) -> None:
    """Move `files`, by suffix, into `folder` as the version `name`.

    The main file is moved last, so that a version is complete once it is listed. Files that an interrupted call has
    left behind can be moved by another one. Raises StorageError; nothing is overwritten.
    """
    main = role.files[0].suffix
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, path in sorted(files.items(), key=lambda each: each[0] == main):
            goal = folder / f"{name}{suffix}"
            if goal.exists():
                raise StorageError(f"{goal}: the file exists already; try again")
            os.rename(path, goal)
    except OSError as error:
        raise StorageError(f"{folder}: cannot write: {error.strerror or error}; check the permissions") from error


def remove_version(name: str, role: Role, folder: Path) -> None:
    """Delete the files of a version; missing ones are no error. Raises StorageError.

    The main file is deleted first, so that a version with missing files is not listed.
    """
    try:
        for suffix in version_suffixes(role):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        problem = f"cannot delete: {error.strerror or error}; check the permissions"
        raise StorageError(f"{folder / name}: {problem}") from error


def _number(name: str, role: Role) -> int:
    """Return the number of a version, such as 3 of detect-3; 0 for another name."""
    found = re.fullmatch(rf"{re.escape(role.name)}-([1-9]\d*)", name)
    return int(found[1]) if found else 0

"""Lookup of models by name: shipped versions, versions of projects and users, and files in any folder."""

from collections.abc import Sequence
from pathlib import Path

from fewclicks.errors import InputError, NotFoundError
from fewclicks.methods.registry import files_of, get_role, roles, shipped_files
from fewclicks.methods.spec import Files, Role
from fewclicks.methods.versions import versions


def find_model(name: str, weights: Path | None = None, folders: Sequence[Path] = ()) -> tuple[Role, Files]:
    """Return a role and the files of one of its versions.

    name: a model ("segment": the shipped version, else the newest in `folders`) or a version in `folders`
    ("segment-2"). weights: the main file of a version of the model, in any folder. Raises NotFoundError and InputError.
    """
    role, version = _parsed(name)
    if weights is not None:
        return role, files_at(role, weights)
    files = version_files(role, version, folders)
    if files is None and version is None:
        newest = [(folder, each) for folder in folders for each in versions(folder, role)[-1:]]
        files = version_files(role, newest[0][1], [newest[0][0]]) if newest else None
    if files is not None:
        return role, files
    if version is not None:
        raise NotFoundError(f"no version {version!r}; list the versions with: fewclicks models")
    slots = " ".join(slot.suffix.strip("._").split(".")[0].upper() for slot in role.files if slot.required)
    raise NotFoundError(f"the model {name!r} has no version here; add one with: fewclicks models add {name} {slots}")


def version_files(role: Role, version: str | None, folders: Sequence[Path]) -> Files | None:
    """Return the files of the shipped version (None) or of one in `folders`; None if it does not exist."""
    if version is None:
        return shipped_files(role)
    for folder in folders:
        if version in versions(folder, role):
            return files_of(role, folder / f"{version}{role.files[0].suffix}")
    return None


def files_at(role: Role, weights: Path) -> Files:
    """Return the files of the version with the main file `weights`. Raises InputError."""
    if not role.files:
        raise InputError(f"the model {role.name!r} has no files; remove this option", weights)
    suffix = role.files[0].suffix
    if not weights.is_file():
        raise InputError("file not found; choose the main file of a version", weights)
    if not weights.name.endswith(suffix):
        raise InputError(f"expected a file of the model {role.name!r} ending in {suffix}; choose another one", weights)
    files = files_of(role, weights)
    assert files is not None
    return files


def _parsed(name: str) -> tuple[Role, str | None]:
    """Return the role, and the version unless `name` is a role. Raises NotFoundError."""
    base, _, number = name.rpartition("-")
    if name not in roles() and base in roles() and number.isdecimal():
        return roles()[base], name
    return get_role(name), None

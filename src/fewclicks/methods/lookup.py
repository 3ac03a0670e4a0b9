"""Models by name: the files of a shipped version, of a project's or a user's own version, or of any folder."""

from collections.abc import Sequence
from pathlib import Path

from fewclicks.errors import InputError, NotFoundError
from fewclicks.methods.registry import files_of, get_role, roles, shipped_files
from fewclicks.methods.spec import Files, Role
from fewclicks.methods.versions import versions


def find_model(name: str, weights: Path | None = None, folders: Sequence[Path] = ()) -> tuple[Role, Files]:
    """A role and the files of one of its versions.

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
        raise NotFoundError(f"there is no version {version!r}; list the installed ones with: fewclicks models")
    slots = " ".join(slot.suffix.strip("._").split(".")[0].upper() for slot in role.files if slot.required)
    raise NotFoundError(f"the model {name} has no files here; add them with: fewclicks models add {name} {slots}")


def version_files(role: Role, version: str | None, folders: Sequence[Path]) -> Files | None:
    """The files of the shipped version (None), or of a version in one of `folders`; None when there is none."""
    if version is None:
        return shipped_files(role)
    for folder in folders:
        if version in versions(folder, role):
            return files_of(role, folder / f"{version}{role.files[0].suffix}")
    return None


def files_at(role: Role, weights: Path) -> Files:
    """The files of the version whose main file is `weights`. Raises InputError."""
    if not role.files:
        raise InputError(f"the model {role.name} has no weights", weights)
    suffix = role.files[0].suffix
    if not weights.is_file():
        raise InputError("no such weights file", weights)
    if not weights.name.endswith(suffix):
        raise InputError(f"expected a file of the model {role.name}, whose name ends in {suffix}", weights)
    files = files_of(role, weights)
    assert files is not None
    return files


def _parsed(name: str) -> tuple[Role, str | None]:
    """The role, and the version unless the name is that of the role. Raises NotFoundError."""
    base, _, number = name.rpartition("-")
    if name not in roles() and base in roles() and number.isdecimal():
        return roles()[base], name
    return get_role(name), None

"""Adding a user's own files as the next version of a model, and removing versions."""

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fewclicks.errors import FewclicksError, InputError, NotFoundError, StorageError
from fewclicks.files import write_text
from fewclicks.methods.card import Card, card_text
from fewclicks.methods.registry import files_of, method_of, open_model, roles
from fewclicks.methods.spec import Role
from fewclicks.methods.versions import CARD, add_version, next_version, versions
from fewclicks.scratch import scratch_folder


def add_files(role: Role, files: Sequence[Path], folder: Path, command: str) -> str:
    """Copy `files` into `folder` as the next version of a model, after opening it once, and return its name.

    command: the command for the card. Raises InputError for files of another model, and StorageError; nothing is added
    then.
    """
    matched = match_files(role, files)
    created = _missing_parents(folder)
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with scratch_folder(folder / role.name) as scratch:
                return _added(role, matched, folder, scratch, command)
        except OSError as error:
            raise StorageError(f"{folder}: cannot write: {error.strerror or error}; check the permissions") from error
    except BaseException:
        for each in created:
            _remove_if_empty(each)
        raise


def match_files(role: Role, files: Sequence[Path]) -> dict[str, Path]:
    """Return the files by their suffix in a version.

    A file is assigned to the slot with the longest matching suffix. If the endings are ambiguous, the files are
    assigned in the order of the slots. Raises InputError.
    """
    if not role.files:
        raise InputError(f"the model {role.name!r} uses no files; choose another model")
    for path in files:
        if not path.is_file():
            raise InputError("file not found; check the path", path)
    matched = _by_suffix(role, files) or _by_order(role, files)
    if matched is None:
        slots = ", ".join(
            f"{slot.suffix} ({slot.summary}{'' if slot.required else '; optional'})" for slot in role.files
        )
        raise InputError(f"expected the files of the model {role.name!r} in this order: {slots}; got {len(files)}")
    return matched


def remove_version(version: str, folder: Path) -> None:
    """Delete the files and the card of a version. Raises NotFoundError and StorageError."""
    role = next((role for role in roles().values() if version in versions(folder, role)), None)
    if role is None:
        raise NotFoundError(f"{folder}: no version {version!r}; list the versions with: fewclicks models")
    try:
        for suffix in (*(slot.suffix for slot in role.files), CARD):  # the main file first, which defines the version
            (folder / f"{version}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot delete: {error.strerror or error}; check the permissions") from error


# --- parts ------------------------------------------------------------------------------------


def _by_suffix(role: Role, files: Sequence[Path]) -> dict[str, Path] | None:
    """Assign files by suffix; return None for ambiguous or unknown endings, or a missing required file."""
    longest = sorted(role.files, key=lambda slot: -len(slot.suffix))
    found: dict[str, Path] = {}
    for path in files:
        suffix = next((slot.suffix for slot in longest if path.name.endswith(slot.suffix)), None)
        if suffix is None or suffix in found:
            return None
        found[suffix] = path
    return found if all(slot.suffix in found for slot in role.files if slot.required) else None


def _by_order(role: Role, files: Sequence[Path]) -> dict[str, Path] | None:
    """Assign files to the required slots, or to the first slots; return None if the number does not fit."""
    required = [slot for slot in role.files if slot.required]
    slots = required if len(files) == len(required) else list(role.files)[: len(files)]
    if len(files) > len(slots) or not set(required) <= set(slots):
        return None
    return {slot.suffix: path for slot, path in zip(slots, files, strict=True)}


def _added(role: Role, matched: dict[str, Path], folder: Path, scratch: Path, command: str) -> str:
    name = next_version(folder, role)
    copies = {suffix: scratch / f"{name}{suffix}" for suffix in matched}
    for suffix, path in matched.items():
        shutil.copyfile(path, copies[suffix])
    _check_opens(role, matched, copies)
    card = scratch / f"{name}{CARD}"
    write_text(card, card_text(asdict(_card(role, matched, name, command))))
    return add_version({CARD: card, **copies}, role, folder)


def _check_opens(role: Role, matched: dict[str, Path], copies: dict[str, Path]) -> None:
    """Raise InputError, which names the user's file instead of its copy, when the model cannot be opened."""
    files = files_of(role, copies[role.files[0].suffix])
    assert files is not None
    named = " ".join(str(path) for path in matched.values())
    try:
        open_model(role, files)
    except InputError as error:
        originals = {copies[suffix].name: path for suffix, path in matched.items()}
        path = originals.get(Path(str(error.path)).name) if error.path is not None else None
        problem = f"not a version of the model {role.name!r}: {error.problem}"
        raise InputError(problem, path or named, error.place) from error
    except FewclicksError:
        raise
    except Exception as error:  # files of another model cause errors anywhere in the method's code
        problem = f"not a version of the model {role.name!r} ({type(error).__name__}: {error}); choose other files"
        raise InputError(problem, named) from error


def _card(role: Role, matched: dict[str, Path], name: str, command: str) -> Card:
    return Card(
        name=name,
        method=role.name,
        summary=f"Added by hand as a version of {method_of(role).title}.",
        licence="not stated",
        data=("not stated",),
        command=command,
        settings={"files": {suffix: path.name for suffix, path in matched.items()}},
    )


def _missing_parents(folder: Path) -> list[Path]:
    """Return the folders of the path that do not exist, innermost first."""
    return list(itertools.takewhile(lambda each: not each.exists(), (folder, *folder.parents)))


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return

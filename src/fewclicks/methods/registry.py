"""The registry of installed methods, found through entry points, and opening of their models."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module, resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from pydantic import BaseModel

from fewclicks.errors import InputError, NotFoundError
from fewclicks.methods.spec import Files, MethodSpec, Resources, Role
from fewclicks.model import AnyModel

GROUP = "fewclicks.methods"


@cache
def methods() -> Mapping[str, MethodSpec]:
    """Return every installed method by name, in the order of their positions."""
    found = (cast(MethodSpec, point.load()) for point in entry_points(group=GROUP))
    return {spec.name: spec for spec in sorted(found, key=lambda spec: (spec.position, spec.name))}


@cache
def roles() -> Mapping[str, Role]:
    """Return every role of every installed method by name."""
    return {role.name: role for spec in methods().values() for role in spec.roles}


def get_role(name: str) -> Role:
    """Return the role of this name. Raises NotFoundError with a list of the names."""
    if name not in roles():
        raise NotFoundError(f"no model {name!r}; use one of {', '.join(roles())}")
    return roles()[name]


def method_of(role: Role) -> MethodSpec:
    """Return the method of `role`."""
    return next(spec for spec in methods().values() if role in spec.roles)


def shipped_files(role: Role) -> Files | None:
    """Return the files of the shipped version, empty for a model without files; None without a shipped version.

    Raises InputError for a file that is missing from the installation.
    """
    if not role.files:
        return {}
    if role.weights is None:
        return None
    package, _, folder = role.weights.partition(":")
    main = Path(str(resources.files(package))) / folder / f"{role.name}{role.files[0].suffix}"
    files = {slot.suffix: _companion(role, main, slot.suffix) for slot in role.files if slot.shipped}
    for path in files.values():
        if not path.is_file():
            raise InputError(f"file not found; reinstall the package {package.partition('.')[0]}", path)
    return files


def files_of(role: Role, main: Path) -> Files | None:
    """Return the files of the version with the main file `main`; None when it is missing."""
    if not main.is_file():
        return None
    paths = {slot.suffix: _companion(role, main, slot.suffix) for slot in role.files}
    return {suffix: path for suffix, path in paths.items() if path.is_file()}


def _companion(role: Role, main: Path, suffix: str) -> Path:
    return main.with_name(main.name.removesuffix(role.files[0].suffix) + suffix)


def open_model(
    role: Role, files: Files, resources: Resources | None = None, options: BaseModel | None = None
) -> AnyModel:
    """Open a version of `role`. Raises InputError for a missing file, or one of another model."""
    for slot in role.files:
        if slot.required and slot.suffix not in files:
            main = files.get(role.files[0].suffix)
            path = _companion(role, main, slot.suffix) if main else f"*{slot.suffix}"
            raise InputError(f"file not found; the model {role.name!r} requires it ({slot.summary})", path)
    arguments = (files, resources or Resources())
    opened = named(role.open)(*arguments) if options is None else named(role.open)(*arguments, options)
    return cast(AnyModel, opened)


def open_shipped(name: str, resources: Resources | None = None) -> AnyModel:
    """Open the shipped version of a model. Raises NotFoundError for an unknown model or one that is not shipped."""
    role = get_role(name)
    files = shipped_files(role)
    if files is None:
        raise NotFoundError(f"the model {name!r} is not shipped; add your own files with: fewclicks models add {name}")
    return open_model(role, files, resources)


def named(path: str):  # type: ignore[no-untyped-def]
    """Import the function or class "module:name". Raises ImportError when a required package is missing."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)

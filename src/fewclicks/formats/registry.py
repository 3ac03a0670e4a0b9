"""The formats that are installed, found through entry points."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from fewclicks.errors import NotFoundError
from fewclicks.formats.spec import FormatSpec

if TYPE_CHECKING:  # it needs numpy, which a list of formats does not
    from fewclicks.formats.protocol import Format

GROUP = "fewclicks.formats"


@cache
def formats() -> Mapping[str, FormatSpec]:
    """Every installed format by its name, in the order of their positions."""
    found = (cast(FormatSpec, point.load()) for point in entry_points(group=GROUP))
    return {spec.name: spec for spec in sorted(found, key=lambda spec: (spec.position, spec.name))}


def get_spec(name: str) -> FormatSpec:
    """Raises NotFoundError, which lists the names, when there is no such format."""
    if name not in formats():
        raise NotFoundError(f"no format {name!r}; use one of {', '.join(formats())}")
    return formats()[name]


@cache
def get_format(name: str) -> "Format":
    """The format itself, imported when it is first used. Raises NotFoundError, which lists the names."""
    module, _, class_name = get_spec(name).open.partition(":")
    return cast("Format", getattr(import_module(module), class_name)())

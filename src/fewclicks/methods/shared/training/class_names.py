"""The classes of several data sets together."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from fewclicks.errors import InputError


@runtime_checkable
class Named(Protocol):
    """A data set and its classes by id."""

    @property
    def name(self) -> str: ...

    @property
    def class_names(self) -> Mapping[int, str]: ...


def class_names(sources: Sequence[Named]) -> dict[int, str]:
    """Return the classes of all sources by ascending id. Raises InputError where an id means two classes."""
    names: dict[int, str] = {}
    for source in sources:
        for class_id, name in source.class_names.items():
            if names.setdefault(class_id, name) != name:
                raise InputError(
                    f"class id {class_id} means {name!r} here, but {names[class_id]!r} in another data set", source.name
                )
    return dict(sorted(names.items()))

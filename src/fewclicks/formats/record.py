"""One object of a JSON file and where it stands, so that every complaint can say so."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from fewclicks.errors import InputError
from fewclicks.labels import NO_EXTRA, Extra

HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Record:
    """The `values` of a JSON object that stands at `place` in the file `path`."""

    values: Mapping[str, Any]
    path: Path
    place: str

    def fail(self, problem: str) -> NoReturn:
        raise InputError(problem, self.path, self.place)

    def need(self, key: str) -> Any:
        """The value of a key that must be there."""
        if key not in self.values:
            self.fail(f"the key {key!r} is missing")
        return self.values[key]

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number; 3.0 is one, as JSON does not tell them apart."""
        value = self.need(key) if default is None else self.values.get(key, default)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(f"{key} must be a whole number, not {shown(value)}")
        return value

    def text(self, key: str) -> str:
        """A string that is not empty."""
        value = self.need(key)
        if not isinstance(value, str) or not value:
            self.fail(f"{key} must be a text that is not empty, not {shown(value)}")
        if is_broken(value):
            self.fail(f"{key} must be whole characters, not {shown(value)}")
        return value

    def numbers(self, key: str, value: Any, count: int | None = None) -> list[float]:
        """`value`, which stands under `key`, as finite numbers, `count` of them when given."""
        if not isinstance(value, list) or (count is not None and len(value) != count):
            self.fail(f"{key} must be a list of {'' if count is None else f'{count} '}numbers, not {shown(value)}")
        for number in value:
            if not is_finite(number):
                self.fail(f"{key} must hold finite numbers, not {shown(number)}")
        return [float(number) for number in value]

    def extra(self, known: frozenset[str]) -> Extra:
        """Everything under keys that are not `known`, to be kept as it is."""
        rest = {key: value for key, value in self.values.items() if key not in known}
        for key, value in rest.items():
            if not _all_finite(value):
                self.fail(f"{key} contains NaN or Infinity, which JSON does not support")
            if is_broken(key) or is_broken(value):
                self.fail(f"{key} contains half of a character, which UTF-8 does not support")
        return MappingProxyType(rest) if rest else NO_EXTRA

    def records(self, key: str) -> Iterator["Record"]:
        """The objects of the list under `key`; they are named by their index and, when they have one, their id."""
        listed = self.need(key)
        if not isinstance(listed, list):
            self.fail(f"{key} must be a list, not {shown(listed)}")
        for index, values in enumerate(listed):
            place = f"{self.place}, {key}[{index}]" if self.place else f"{key}[{index}]"
            if not isinstance(values, dict):
                raise InputError(f"expected an object, got {shown(values)}", self.path, place)
            yield Record(values, self.path, f"{place} (id {shown(values['id'])})" if "id" in values else place)


def is_finite(value: Any) -> bool:
    """Whether `value` is a number that a float can hold; True and False are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_broken(value: Any) -> bool:
    """Whether a text in `value` holds half of a character: an escape in JSON or YAML can say it, UTF-8 cannot."""
    if isinstance(value, str):
        return HALF.search(value) is not None
    if isinstance(value, dict):
        return any(is_broken(key) or is_broken(each) for key, each in value.items())
    return isinstance(value, list) and any(map(is_broken, value))


def shown(value: Any) -> str:
    """A value as an error names it: short, on one line."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _all_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_all_finite, value))
    if isinstance(value, dict):
        return all(map(_all_finite, value.values()))
    return True

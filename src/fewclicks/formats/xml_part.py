"""One element of an XML file and where it stands, so that every complaint can say so."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element

from fewclicks.errors import InputError
from fewclicks.formats.record import shown
from fewclicks.formats.xml_text import value_of


@dataclass(frozen=True, slots=True)
class Part:
    """An element of the file `path`, and where a complaint about it says that it stands."""

    element: Element
    path: Path
    place: str = ""

    def fail(self, problem: str) -> NoReturn:
        raise InputError(problem, self.path, self.place or None)

    def part(self, name: str) -> "Part":
        """The one element of that name."""
        found = self.element.findall(name)
        if len(found) != 1:
            self.fail(f"expected one <{name}>, got {len(found)}")
        return Part(found[0], self.path, f"{self.place}, {name}" if self.place else name)

    def text(self) -> str:
        """Its text, which is not empty."""
        text = (self.element.text or "").strip()
        if not text:
            self.fail("expected text, got an empty element")
        return text

    def number(self) -> float:
        return self.number_in(self.text())

    def number_in(self, text: str) -> float:
        """A finite number that the element says as `text`."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.fail(f"expected a finite number, not {shown(text)}")
        return value

    def whole_in(self, text: str) -> int:
        """A whole number that the element says as `text`."""
        value = self.number_in(text)
        if not value.is_integer():
            self.fail(f"expected a whole number, not {shown(text)}")
        return int(value)

    def attribute(self, name: str) -> str:
        """An attribute that is not empty."""
        text = self.element.get(name, "")
        if not text:
            self.fail(f"the attribute {name!r} is missing; add it")
        return text

    def extra(self, known: frozenset[str], defaults: Mapping[str, str]) -> dict[str, Any]:
        """Return the attributes and elements without the `known` ones and those with their default value."""
        found = value_of(self.element)
        if isinstance(found, str):
            return {}
        return {name: value for name, value in found.items() if name not in known and defaults.get(name) != value}

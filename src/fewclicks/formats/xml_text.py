"""XML as keys and values: read without what could make a small file large, written so that it is read the same."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from fewclicks.errors import InputError

ATTRIBUTE, TEXT = "@", "#text"
DEEPEST = 50
NAME = re.compile(r"[A-Za-z_][\w.\-]*", re.ASCII)
NOT_XML = re.compile("[^\t\n\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # and \r, which is read as \n

# Values are: a text for an element with nothing but text; else keys for its parts, "@" before those of attributes,
# "#text" for its text; a list where several elements have the same name.


def read_xml(text: str, path: Path) -> ElementTree.Element:
    """The outermost element. Raises InputError with line and column, and for a document type: entities are declared
    there, which may stand for other files or for gigabytes.
    """
    if "<!DOCTYPE" in text:
        raise InputError("a document type (<!DOCTYPE>) is not supported; remove it", path)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise InputError(f"not XML: {reason}", path, f"line {line}, column {column + 1}") from error
    _check_depth(root, path)
    return root


def _check_depth(root: ElementTree.Element, path: Path) -> None:
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
    if level:
        raise InputError(f"elements are nested more than {DEEPEST} deep", path)


def value_of(element: ElementTree.Element) -> Any:
    """What an element says."""
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text
    said: dict[str, list[Any]] = {}
    for child in element:
        said.setdefault(child.tag, []).append(value_of(child))
    found: dict[str, Any] = {f"{ATTRIBUTE}{key}": value for key, value in element.attrib.items()}
    found |= {name: values[0] if len(values) == 1 else values for name, values in said.items()}
    return {**found, TEXT: text} if text else found


def lines_of(name: str, value: Any, indent: int = 0) -> Iterator[str]:
    """An element of that name that says `value`, a line for each part."""
    space = "\t" * indent
    if isinstance(value, list):
        for each in value:
            yield from lines_of(name, each, indent)
    elif isinstance(value, Mapping):
        attributes = "".join(f" {key[1:]}={quoteattr(each)}" for key, each in value.items() if key[0] == ATTRIBUTE)
        yield f"{space}<{name}{attributes}>{escape(value.get(TEXT, ''))}"
        for key, each in value.items():
            if key[0] != ATTRIBUTE and key != TEXT:
                yield from lines_of(key, each, indent + 1)
        yield f"{space}</{name}>"
    else:
        yield f"{space}<{name}>{escape(value)}</{name}>"


def can_be_written(value: Any) -> bool:
    """Whether `lines_of` gives what `value_of` gives back: texts without outer space under names that XML has."""
    if isinstance(value, str):
        return value == value.strip() and not NOT_XML.search(value)
    if isinstance(value, list):
        return len(value) > 1 and all(can_be_written(each) and not isinstance(each, list) for each in value)
    return (
        isinstance(value, Mapping)
        and len(value) > (TEXT in value)
        and all(entry_can_be_written(key, each) for key, each in value.items())
    )


def entry_can_be_written(key: Any, value: Any) -> bool:
    """The same for a key and its value."""
    if not isinstance(key, str) or not can_be_written(value):
        return False
    if key == TEXT:
        return isinstance(value, str) and value != ""
    if key.startswith(ATTRIBUTE):
        return isinstance(value, str) and NAME.fullmatch(key[1:]) is not None
    return NAME.fullmatch(key) is not None

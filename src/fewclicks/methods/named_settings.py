"""Settings that a caller passes by name and value, and the fields of a form for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from fewclicks.errors import InputError

S = TypeVar("S", bound=BaseModel)
Value = bool | int | float | str
Kind = Literal["integer", "number", "boolean", "string"]  # types of JSON Schema


@dataclass(frozen=True, slots=True)
class SettingField:
    """A setting with a single value, described for a form. The names and limits follow JSON Schema.

    default: None without one. enum: the choices, empty: any value.
    """

    name: str
    type: Kind
    title: str
    description: str
    default: Value | None
    minimum: float | None = None
    exclusive_minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()


def settings_from(kind: type[S], given: Mapping[str, object], owner: str, noun: str) -> S:
    """Return settings from their names and values. Raises InputError.

    owner, noun: words for errors, such as "the model 'detect'" and "option".
    """
    unknown = [name for name in given if name not in kind.model_fields]
    if unknown:
        raise InputError(f"{owner} has no {noun} {unknown[0]!r}; use {', '.join(kind.model_fields)}")
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], place=".".join(map(str, first["loc"]))) from error


def fields_of(kind: type[BaseModel], defaults: Mapping[str, Value]) -> tuple[SettingField, ...]:
    """Return the fields of a form, without settings that are paths or lists.

    defaults: values that replace the defaults of `kind`. Their fields come first.
    """
    found = dict(_fields(kind, defaults))
    return tuple(found[name] for name in sorted(found, key=lambda name: name not in defaults))


def _fields(kind: type[BaseModel], defaults: Mapping[str, Value]) -> Iterator[tuple[str, SettingField]]:
    for name, schema in kind.model_json_schema()["properties"].items():
        value = _without_null(schema)
        if value.get("type") in get_args(Kind) and "format" not in value:
            yield (
                name,
                SettingField(
                    name,
                    value["type"],
                    schema["title"],
                    schema.get("description", ""),
                    defaults.get(name, schema.get("default")),
                    value.get("minimum"),
                    value.get("exclusiveMinimum"),
                    value.get("maximum"),
                    tuple(value.get("enum", ())),
                ),
            )


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a value without the null type; empty if it can have several types."""
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else {}

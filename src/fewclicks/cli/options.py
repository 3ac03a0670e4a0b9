"""Commands generated from settings: each field of a pydantic model becomes an option.

`--name` comes from the field's name or alias, its text from the description, its limits and choices from the type. A
field marked `json_schema_extra={"group": "Research"}` is listed in a section of that name. `{"flags": ["--old-name"]}`
adds further names.
"""

import inspect
import math
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from fewclicks.errors import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

S = TypeVar("S", bound="BaseModel")
Values = dict[str, Any]  # of options, by the names of parameters
Limits = dict[str, float]  # names of pydantic: ge, gt, le, lt
IN_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
SHOWN_LIMIT = 1e9  # larger limits, such as those of seeds, are not listed
METAVARS: dict[Any, str] = {int: "N", float: "X", Path: "PATH", str: "TEXT"}


class SectionedCommand(TyperCommand):
    """A command whose help has a section for the options of each panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            default = "Arguments" if param.param_type_name == "argument" else "Options"
            if record := param.get_help_record(ctx):
                sections.setdefault(getattr(param, "rich_help_panel", None) or default, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


class CommandsOfSpecs(Mapping[str, Any]):
    """Commands by name, created on first use, because that imports their settings."""

    def __init__(self, names: Callable[[], Collection[str]], make: Callable[[str], Any]) -> None:
        self._names, self._make = names, make
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())


class SpecGroup(TyperGroup):
    """A group with one command for each spec; a subclass defines the summaries by name and `make`."""

    summaries: ClassVar[Callable[[], Mapping[str, str]]]
    make: ClassVar[Callable[[str], Any]]

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.commands = CommandsOfSpecs(type(self).summaries, type(self).make)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(type(self).summaries())

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(type(self).summaries().items()))


def make_command(
    name: str, summary: str, parameters: list[inspect.Parameter], run: Callable[[typer.Context, Values], None]
) -> TyperCommand:
    """Create a command that calls `run` with its context and the values of its parameters."""

    def callback(context: typer.Context, **values: Any) -> None:
        run(context, values)

    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    callback.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    callback.__annotations__ = {each.name: each.annotation for each in (context, *parameters)}
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(name, cls=SectionedCommand, help=summary)(callback)
    command = get_command(app)
    assert isinstance(command, TyperCommand)
    return command


def option(
    name: str, kind: Any, default: Any, *flags: str, help: str, panel: str | None = None, **more: Any
) -> inspect.Parameter:
    """Create an option for `make_command`; without a default (`inspect.Parameter.empty`) it is required."""
    declared = typer.Option(*flags, help=help, rich_help_panel=panel, **more)
    annotation = Annotated[kind, declared]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def options_of(settings: "type[BaseModel]", all_optional: bool = False) -> list[inspect.Parameter]:
    """Create an option for each field of a settings model, required ones first; `all_optional`: none is required."""
    fields = sorted(settings.model_fields.items(), key=lambda each: not each[1].is_required())
    return [_option_of(name, field, all_optional) for name, field in fields]


def settings_from(settings: type[S], values: Values, context: typer.Context) -> S:
    """Return the settings of a command line. Raises InputError, or a usage error that names the option.

    None for a required field means that the option is missing (`options_of(all_optional=True)`).
    """
    from pydantic import ValidationError

    fields = settings.model_fields
    given = {name: value for name, value in values.items() if name in fields}
    missing = [name for name, value in given.items() if value is None and fields[name].is_required()]
    if missing:
        raise InputError(f"missing options; add {' and '.join(_flags(name, fields[name])[0] for name in missing)}")
    by_alias = {_outer_name(name, fields[name]): value for name, value in given.items()}
    try:
        return settings(**by_alias)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        named = [name for name in fields if first["loc"] and first["loc"][0] == _outer_name(name, fields[name])]
        if not named:
            raise InputError(message) from error
        hint = f"'{_flags(named[0], fields[named[0]])[0]}'"
        raise typer.BadParameter(message, ctx=context, param_hint=hint) from error


def given_options(context: typer.Context) -> set[str]:
    """Return the names of the parameters in the command line."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}


def finite(value: float | None) -> float | None:
    """Reject infinity and nan, which limits accept."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"expected a finite number, got {value}")
    return value


# --- parts ------------------------------------------------------------------------------------


def _option_of(name: str, field: "FieldInfo", all_optional: bool) -> inspect.Parameter:
    kind, is_list, limits = _kind_of(field.annotation, _limits(field.metadata))
    default: Any = inspect.Parameter.empty
    if not field.is_required():
        default = field.get_default(call_default_factory=True)
    elif all_optional:
        default = None
    if is_list and isinstance(default, tuple | list):
        default = list(default)
    group = _extra(field).get("group")
    return option(
        name,
        _optional(list[kind] if is_list else kind, default),  # type: ignore[valid-type]
        default,
        *_flags(name, field, is_switch=kind is bool and default is True),
        help=_with_limits(field.description or "", limits),
        panel=str(group) if group else None,
        metavar=METAVARS.get(kind),
        callback=finite if kind is float and not is_list else None,
    )


def _with_limits(text: str, limits: Limits) -> str:
    """Return the description of an option with the limits of its number, which pydantic checks."""
    words = [f"{word} {limits[name]:,g}" for name, word in IN_WORDS.items() if limits.get(name, 1e9) < SHOWN_LIMIT]
    both = f"{limits.get('ge', 0):,g} to {limits.get('le', 0):,g}"
    if {"ge", "le"} <= limits.keys() and limits["le"] < SHOWN_LIMIT:
        words = [both]
    return f"{text.removesuffix('.')} ({', '.join(words)})." if words else text


def _optional(kind: Any, default: Any) -> Any:
    return kind | None if default is None else kind


def _outer_name(name: str, field: "FieldInfo") -> str:
    """Return the name of a field in the command line: its first alias, or its name."""
    alias = field.validation_alias or field.alias or name
    first = getattr(alias, "choices", [alias])[0]
    return str(first)


def _flags(name: str, field: "FieldInfo", is_switch: bool = False) -> list[str]:
    word = _outer_name(name, field).replace("_", "-")
    more = _extra(field).get("flags", ())
    others = [str(flag) for flag in more] if isinstance(more, list | tuple) else []
    return [f"--{word}/--no-{word}" if is_switch else f"--{word}", *others]


def _extra(field: "FieldInfo") -> Mapping[str, object]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _kind_of(annotation: Any, limits: Limits) -> tuple[Any, bool, Limits]:
    """Return the type of one value, whether several are allowed, and the limits of a number."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind_of(arguments[0], limits | _limits(arguments[1:]))
    if origin in (Union, types.UnionType):
        (kind,) = (each for each in arguments if each is not type(None))
        return _kind_of(kind, limits)
    if origin in (tuple, list):
        kind, _, inner = _kind_of(arguments[0], {})
        return kind, True, inner
    return annotation, False, limits


def _limits(metadata: Collection[object]) -> Limits:
    found: Limits = {}
    for each in metadata:
        for name in IN_WORDS:
            value = getattr(each, name, None)
            if isinstance(value, int | float):
                found[name] = value
        if inner := getattr(each, "metadata", None):  # a Field inside Annotated
            found |= _limits(inner)
    return found

"""Write the tables of options in docs/commands.md, as the command line has them.

    python docs/tables.py

A table stands between `<!-- options: fewclicks COMMAND -->` and `<!-- end -->`. tests/test_docs.py checks that all of
them are current.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from fewclicks.cli import app
from fewclicks.cli.simulate import aliases

COMMANDS = Path(__file__).with_name("commands.md")
TABLE = re.compile(r"(<!-- options: (fewclicks[^>]*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands(command: Any = None, name: str = "fewclicks") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    command = command or get_command(app)
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield name, command
    for word, child in inner.items():
        yield from commands(child, f"{name} {word}")


def written(text: str) -> str:
    """The text of docs/commands.md with all tables as they should be. Raises KeyError for an unknown command."""
    known = dict(commands())
    return TABLE.sub(lambda found: f"{found[1]}{_tables(found[2], known)}{found[3]}", text)


def shown_parameters(name: str, known: dict[str, Any]) -> list[Any]:
    """The parameters of a command; of an alias only those that the command it stands for does not have."""
    parameters = [each for each in known[name].params if each.name != "help"]
    word = name.removeprefix("fewclicks simulate ")
    if word not in aliases():
        return parameters
    original = {each.name for each in known[f"fewclicks simulate {aliases()[word][1].verb}"].params}
    return [each for each in parameters if each.name not in original]


def _tables(name: str, known: dict[str, Any]) -> str:
    sections: dict[str, list[str]] = {}
    for parameter in shown_parameters(name, known):
        panel = getattr(parameter, "rich_help_panel", None) or ""
        sections.setdefault(panel, []).append(_row(parameter))
    tables = []
    for panel, rows in sections.items():
        heading = f"\n*{panel}*\n\n" if panel else ""
        tables.append(f"{heading}| option | what | default |\n|---|---|---|\n" + "".join(rows))
    return "".join(tables)


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = parameter.name.upper()
    else:
        name = ", ".join([*parameter.opts, *parameter.secondary_opts])
    choices = parameter.type_descriptor.choices if parameter.type_descriptor.is_choice else None
    if choices:
        name += " " + "\\|".join(choices)
    elif parameter.param_type_name != "argument" and not parameter.is_flag:
        name += f" {parameter.metavar or _metavar(parameter)}"
    return f"| `{name}` | {parameter.help or ''} | {_default(parameter)} |\n"


def _metavar(parameter: Any) -> str:
    annotation = str(parameter.type_descriptor.annotation)
    return "PATH" if "Path" in annotation else "N" if "int" in annotation else "TEXT"


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if isinstance(default, bool):
        return "yes" if default else "no"
    if default is None or default == []:
        return ""
    return ", ".join(f"`{each}`" for each in (default if isinstance(default, list) else [default]))


if __name__ == "__main__":
    COMMANDS.write_text(written(COMMANDS.read_text(encoding="utf-8")), encoding="utf-8")

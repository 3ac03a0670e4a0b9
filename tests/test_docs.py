"""What the program can do is written down, and what is written down is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from fewclicks.cli import app
from fewclicks.server.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def verbs(command: Any = None, name: str = "fewclicks") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    command = command or get_command(app)
    inner = getattr(command, "commands", {})
    for word, child in inner.items():
        yield from verbs(child, f"{name} {word}")
    if not inner:
        yield name, command


def section(name: str) -> str:
    """The part of docs/commands.md about one command."""
    found = re.search(rf"^## `{name}[ `].*?(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/commands.md has no section on `{name}`"
    return found[0]


def options(command: Any) -> set[str]:
    flags = [[*param.opts, *param.secondary_opts] for param in command.params]
    return {flag for group in flags for flag in group if flag.startswith("--")} - {"--help"}


@pytest.mark.parametrize(("name", "command"), list(verbs()), ids=lambda value: str(value)[:40])
def test_every_command_and_option_is_documented(name: str, command: Any) -> None:
    assert f"`{name}`" in README
    assert set(re.findall(r"--[a-z-]+", section(name))) >= options(command)


@pytest.mark.parametrize(("name", "command"), list(verbs()), ids=lambda value: str(value)[:40])
def test_every_documented_option_exists(name: str, command: Any) -> None:
    tables = [line.split("|")[1] for line in section(name).splitlines() if line.startswith("| `--")]
    assert set(re.findall(r"--[a-z-]+", " ".join(tables))) <= options(command)


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.description
    row = re.search(rf"^\| `FEWCLICKS_{name.upper()}` \| `?([^|`]+)`? \|", COMMANDS, re.MULTILINE)
    assert row is not None
    assert row[1].strip().lower() == str(field.default).lower()


def test_every_key_of_tools_and_objects_is_in_the_readme() -> None:
    page = ROOT / "web" / "src"
    table = (page / "state" / "keys.ts").read_text(encoding="utf-8")
    rows = re.findall(r'row\("(?:Objects|Images|Painting)", "[^"]+", "[^"]+", ([^)]*)\)', table)
    for tool in (page / "tools").glob("*/index.ts"):
        rows += re.findall(r"keys: \[([^\]]*)\]", tool.read_text(encoding="utf-8"))
    keys = {key for row in rows for key in re.findall(r'"([^"]+)"', row)}
    assert len(keys) > 28
    written = README[README.index("## Keys") : README.index("## Commands")]
    short = {"Escape": "Esc", "Delete": "Del"}
    assert [key for key in sorted(keys) if not re.search(rf"(?<!\w){re.escape(short.get(key, key))}", written)] == []


def test_make_lists_every_command_and_the_readme_names_only_these() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert found is not None
    listed = re.findall(r"^([a-z]+):.*## .+$", makefile, re.MULTILINE)
    assert sorted(listed) == sorted(found[1].split())
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README + contributing, re.MULTILINE)) <= set(listed)


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) + re.findall(r'(?:src|href)="([^"#]+)', text)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []

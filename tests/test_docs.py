"""The documentation is complete and current: every command, option and setting, in tables made from the program."""

import doctest
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from fewclicks.server.settings import Settings

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

from tables import commands, shown_parameters, written  # noqa: E402

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
KNOWN: dict[str, Any] = dict(commands())


def section(name: str) -> str:
    """The part of docs/commands.md about one command."""
    found = re.search(rf"^## `{name}[ `].*?(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/commands.md has no section on `{name}`"
    return found[0]


@pytest.mark.parametrize("name", list(KNOWN))
def test_every_command_is_documented(name: str) -> None:
    assert f"`{' '.join(name.split()[:2])}" in README
    table = f"<!-- options: {name} -->"
    assert (table in section(name)) == bool(shown_parameters(name, KNOWN))


def test_tables_of_options_are_current() -> None:
    assert written(COMMANDS) == COMMANDS, "run: python docs/tables.py"


def test_the_python_interface_does_what_its_page_shows() -> None:
    page = str(ROOT / "docs" / "python.md")
    assert doctest.testfile(page, module_relative=False).failed == 0


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


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_files_that_a_page_names_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"\b(?:web|src/fewclicks|tests|benchmarks|examples|docs)/[\w./-]*\w", text)
    files = {name for name in named if not re.search(r"/[A-Z]+\b", name)}  # NAME and TASK stand for any name
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []

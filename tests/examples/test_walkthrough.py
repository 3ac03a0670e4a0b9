"""docs/adding_a_format.md shows the files of the example package as they are."""

import re
from pathlib import Path

import pytest

from example_packages import EXAMPLES

EXAMPLE = EXAMPLES / "fewclicks-boxes-csv"
PAGE = (EXAMPLES.parent / "docs" / "adding_a_format.md").read_text(encoding="utf-8")
FILES = sorted(path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml"))
BLOCKS = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_every_file_is_shown() -> None:
    assert set(BLOCKS) == {path.relative_to(EXAMPLE).as_posix() for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_shown_as_it_is(path: Path) -> None:
    assert BLOCKS[path.relative_to(EXAMPLE).as_posix()] == path.read_text(encoding="utf-8")

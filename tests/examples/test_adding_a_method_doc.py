"""docs/adding_a_method.md shows the files of the example packages as they are."""

import importlib.util
from pathlib import Path

import pytest

from example_packages import EXAMPLES

DOCS = EXAMPLES.parent / "docs"
SPEC = importlib.util.spec_from_file_location("example_files", DOCS / "example_files.py")
assert SPEC is not None
assert SPEC.loader is not None
example_files = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(example_files)

PAGE = (DOCS / "adding_a_method.md").read_text(encoding="utf-8")
SHOWN = example_files.shown(PAGE)
WHOLE = EXAMPLES / "fewclicks-blobs"


def test_every_file_of_the_small_method_is_shown() -> None:
    files = {path.relative_to(EXAMPLES).as_posix() for path in WHOLE.rglob("*") if path.suffix in (".py", ".toml")}
    assert len(files) == 3
    assert files <= set(SHOWN)


def test_the_spec_of_the_adapter_is_shown() -> None:
    assert "fewclicks-sam/src/fewclicks_sam/__init__.py" in SHOWN


@pytest.mark.parametrize("path", SHOWN)
def test_a_file_is_shown_as_it_is(path: str) -> None:
    assert SHOWN[path] == (EXAMPLES / path).read_text(encoding="utf-8"), "run: python docs/example_files.py"


@pytest.mark.parametrize(("page", "folder"), example_files.PAGES.items(), ids=lambda path: path.name)
def test_the_command_leaves_current_pages_as_they_are(page: Path, folder: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert example_files.shown(text)
    assert example_files.written(text, folder) == text

"""Write the files of the packages in `examples/` into the pages that show them.

    python docs/example_files.py

A page shows a file as a line with its path, ending in a colon, and a code block below it. tests/examples checks that
all blocks are current.
"""

import re
from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).parent
EXAMPLES = DOCS.parent / "examples"
PAGES: Mapping[Path, Path] = {  # the folder that the paths in a page count from
    DOCS / "adding_a_format.md": EXAMPLES / "fewclicks-boxes-csv",
    DOCS / "adding_a_method.md": EXAMPLES,
}
BLOCK = re.compile(r"(^`([\w./-]+)`:\n\n```\w+\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)


def shown(text: str) -> dict[str, str]:
    """The files that a page shows, by the paths in the page."""
    return {found[2]: found[3] for found in BLOCK.finditer(text)}


def written(text: str, folder: Path) -> str:
    """The text of a page with all files as they are. Raises FileNotFoundError for a file that does not exist."""
    return BLOCK.sub(lambda found: found[1] + (folder / found[2]).read_text(encoding="utf-8") + found[4], text)


if __name__ == "__main__":
    for page, folder in PAGES.items():
        page.write_text(written(page.read_text(encoding="utf-8"), folder), encoding="utf-8")

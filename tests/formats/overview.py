"""The table of formats in docs/formats.md, made from the specs. `python tests/formats/overview.py` rewrites it."""

from pathlib import Path

from fewclicks.formats import formats

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
HEAD = "| name | title | what a file holds |\n|---|---|---|\n"


def overview() -> str:
    """Return the table of the formats that come with fewclicks."""
    shipped = [spec for spec in formats().values() if spec.open.startswith("fewclicks.")]
    return HEAD + "".join(f"| `{spec.name}` | {spec.title} | {spec.summary} |\n" for spec in shipped)


def rewritten(page: str) -> str:
    """Return the text of the page with the present table."""
    before, _, rest = page.partition(HEAD)
    rows = rest.splitlines(keepends=True)
    count = next((number for number, row in enumerate(rows) if not row.startswith("|")), len(rows))
    return before + overview() + "".join(rows[count:])


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

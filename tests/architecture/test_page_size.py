"""How much code the browser loads before the first screen of the page."""

import os
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "src" / "fewclicks" / "server" / "page"
# 0.6 s at 10 Mbit/s. Half of it is OpenSeadragon, which draws the image. With the dialogs it would be too much.
LARGEST = 700_000
SCRIPT = re.compile(r'<(?:script|link)\b[^>]*?(?:src|href)="\./([^"]+\.js)"')


def first_screen(page: Path) -> dict[str, int]:
    """The bytes of each script that index.html names: the browser loads all of them at once."""
    names = SCRIPT.findall((page / "index.html").read_text())
    return {name: (page / name).stat().st_size for name in names}


def test_the_first_screen_needs_little_code() -> None:
    if not (PAGE / "index.html").is_file():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the page is not built: npm run build in web/")
    scripts = first_screen(PAGE)
    assert scripts
    too_much = "load what the first screen does without in web/src/components/Dialogs.svelte"
    assert sum(scripts.values()) <= LARGEST, f"{scripts}: {too_much}"


def test_scripts_are_counted_that_the_page_starts_or_preloads(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<link rel="icon" href="./icon.svg" /><script type="module" crossorigin src="./assets/a-1.js"></script>\n'
        '<link rel="modulepreload" crossorigin href="./assets/b-2.js"><link rel="stylesheet" href="./assets/c.css">'
    )
    (tmp_path / "assets").mkdir()
    for name, size in (("a-1.js", 3), ("b-2.js", 4), ("later.js", 5), ("c.css", 6)):
        (tmp_path / "assets" / name).write_bytes(bytes(size))
    assert first_screen(tmp_path) == {"assets/a-1.js": 3, "assets/b-2.js": 4}

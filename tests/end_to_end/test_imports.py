"""Imports in the page and on the command line: both agree on what was undone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_driver import PageDriver
from playwright.sync_api import Browser
from running_server import RunningServer, fewclicks, serving


def write_labels(file: Path, left: int) -> Path:
    images = [{"id": 1, "file_name": "1-coins.png", "width": 384, "height": 303}]
    boxes = [{"id": number, "image_id": 1, "category_id": 1, "bbox": [left, 40 * number, 30, 30]} for number in (1, 2)]
    categories = [{"id": 1, "name": "coin"}]
    file.write_text(json.dumps({"images": images, "categories": categories, "annotations": boxes}))
    return file


@pytest.fixture
def server(browser: Browser, project: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """A server of a project with two imports; the second was undone on the command line."""
    for number in (1, 2):
        fewclicks("import", project, write_labels(tmp_path / f"labels-{number}.json", 60 * number))
    assert "2 annotations of labels-2.json removed (import 2)" in fewclicks("undo-import", project)
    with serving(project) as running:
        yield running


def test_an_undone_import_is_gone_in_every_page_and_listed_as_undone(
    open_driver: Callable[..., PageDriver], server: RunningServer
) -> None:
    one, other = open_driver(), open_driver()
    assert len(one.annotations) == len(other.annotations) == 2
    one.by_id("export").click()
    listed = one.by_id("imports")
    listed.get_by_text("undone, 2 objects").wait_for()
    assert listed.get_by_text("2 of 2 unchanged").count() == 1
    assert one.by_id("undo-import-2").is_disabled()
    one.by_id("undo-import-1").click()
    for page in (one, other):
        page.wait("window.fewclicks.annotations.length === 0")
    one.wait("document.querySelectorAll('[data-testid=imports] .import').length === 2")
    one.page.wait_for_function("document.querySelector('[data-testid=imports]').innerText.split('undone').length === 3")
    server.kill()
    with pytest.raises(RuntimeError, match="there is no import to undo"):
        fewclicks("undo-import", server.project)

"""A project without permission to write, in the page."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_driver import PageDriver
from playwright.sync_api import Browser
from running_server import SERVE, RunningServer, serving

from permissions import make_read_only

BOX = [(20.0, 30.0), (75.0, 85.0)]


@pytest.fixture
def server(browser: Browser, project: Path) -> Iterator[RunningServer]:
    make_read_only(project)
    with serving(project, (str(Path(__file__).with_name("serve_read_only.py")),)) as running:
        yield running


def test_the_page_says_so_exports_and_keeps_changes_until_it_can_save_them(
    open_driver: Callable[..., PageDriver], server: RunningServer, tmp_path: Path
) -> None:
    driver = open_driver()
    said = driver.text("banner")
    assert said.startswith("This project is read-only: you can look at it and export it.")
    driver.press("r")
    driver.drag(BOX)
    driver.page.get_by_text("1 change is not saved, but stored in this browser.").wait_for()
    driver.by_id("export").click()
    driver.by_id("images-all").check()
    with driver.page.expect_download() as download:
        driver.by_id("export-coco").click()
    download.value.save_as(tmp_path / "labels.json")
    assert len(json.loads((tmp_path / "labels.json").read_text())["images"]) == 3
    assert driver.stored() == []

    server.kill()
    for path in (server.project, *server.project.rglob("*")):
        path.chmod(0o755)
    server.command = SERVE
    server.start()
    driver.page.reload()
    driver.settle()
    assert driver.by_id("banner").count() == 0
    assert len(driver.stored()) == len(driver.annotations) == 1

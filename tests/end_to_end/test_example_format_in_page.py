"""The page's export dialog offers and exports the format of a separate package."""

from pathlib import Path

import pytest
from page_driver import open_page
from playwright.sync_api import Browser

from example_packages import installed, serving


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return installed("fewclicks-boxes-csv", tmp_path_factory.mktemp("installed"))


def test_the_export_dialog_offers_it(
    browser: Browser, environment: dict[str, str], project: Path, tmp_path: Path
) -> None:
    with serving(environment, project) as url:
        driver = open_page(browser, url)
        driver.open(1)
        driver.press("r")
        driver.drag([(40, 40), (90, 80)])
        driver.settle()
        driver.by_id("export").click()
        assert driver.text("export-boxes-csv").startswith("Boxes CSV")
        with driver.page.expect_download() as download:
            driver.by_id("export-boxes-csv").click()
        download.value.save_as(tmp_path / "export.csv")
        driver.page.context.close()
    assert download.value.suggested_filename == "project-boxes-csv.csv"
    header, box = (tmp_path / "export.csv").read_text().splitlines()
    assert header == "file,width,height,class,x0,y0,x1,y1"
    assert box.startswith("1-coins.png,384,303,coin,")
    assert driver.troubles == []

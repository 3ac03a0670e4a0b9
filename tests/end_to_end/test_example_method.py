"""The page offers the model of a separate package as a tool of its own."""

from pathlib import Path

import pytest
from page_driver import open_page
from playwright.sync_api import Browser

from example_packages import installed, serving

COIN = (107.0, 57.0)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return installed("fewclicks-blobs", tmp_path_factory.mktemp("installed"))


def test_the_tool_bar_offers_it(browser: Browser, environment: dict[str, str], project: Path) -> None:
    with serving(environment, project) as url:
        driver = open_page(browser, url)
        driver.open(1)
        tool = driver.by_id("tool-prompt.blobs")
        methods = {each["name"]: each for each in driver.page.request.get(f"{url}api/methods").json()}
        assert (tool.inner_text(), tool.get_attribute("title")) == ("Blobs", methods["blobs"]["summary"])
        tool.click()
        assert "click two or three of its objects" in driver.text("hint")
        driver.click(*COIN)
        driver.settle()
        assert driver.text("model").startswith("blobs-1")
        suggested = int(driver.text("proposal-count"))
        assert suggested > 0
        driver.by_id("accept-proposals").click()
        driver.settle()
        assert {each["provenance"]["method"] for each in driver.stored(1)} == {"blobs"}
        assert len(driver.stored(1)) == suggested
        driver.page.reload()
        driver.settle()
        assert tool.get_attribute("aria-pressed") == "true"
        assert driver.troubles == []
        driver.page.context.close()

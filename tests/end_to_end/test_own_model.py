"""A project of twelve finished images trains its own model from the page, and the model answers there."""

import re
from pathlib import Path

import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, expect
from running_server import serving

from jobs.coins import make_coins

pytest.importorskip("torch", reason="training needs fewclicks[train]")

TRAINED_MS = 480_000  # two exports and a few seconds of training, on a machine that has more to do
FINISHED, NEXT_IMAGE = 12, 13


def test_a_project_trains_its_own_model_and_is_answered_by_it(browser: Browser, tmp_path: Path) -> None:
    folder = make_coins(tmp_path / "project", FINISHED + 2, FINISHED)
    with serving(folder) as server:
        driver = open_page(browser, server.url)
        driver.open(NEXT_IMAGE)
        train_with_an_interruption(driver)
        driver.press("Escape")
        expect(driver.by_id("model-panel")).to_be_hidden()
        expect(driver.by_id("model")).to_have_text(re.compile("^(detect-1|segment)"))
        driver.press("c")
        driver.click(12, 40)
        driver.settle()
        asked = driver.page.request.get(f"{server.url}api/images/{NEXT_IMAGE}").json()["proposals"]
        assert [click["class_id"] for click in asked["clicks"]] == [1]
        assert asked["weights"].startswith("detect-1-")
        assert asked["boxes"], "what was clicked has a box"
        expect(driver.by_id("model")).to_have_text(re.compile("^detect-1"))
        driver.page.reload()
        driver.by_id("model").click()
        expect(driver.by_id("version-detect-1")).to_be_checked()
        assert driver.troubles == []
        driver.page.context.close()


def train_with_an_interruption(driver: PageDriver) -> None:
    """From the panel of the status bar: start, cancel, resume, until the new model answers."""
    driver.by_id("model").click()
    ready = "12 images are set to done, with 36 objects. Training needs at least 8 images."
    expect(driver.by_id("readiness")).to_contain_text(ready)
    driver.by_id("setting-minutes").fill("0.2")
    driver.by_id("train").click()
    panel = driver.by_id("model-panel")
    expect(panel).to_contain_text("training on 10 images, step", ignore_case=True, timeout=TRAINED_MS)
    driver.by_id("cancel-training").click()
    expect(driver.by_id("ended")).to_contain_text("Training cancelled. Its progress is saved.")
    driver.by_id("resume-training").click()
    expect(driver.by_id("training-progress")).to_be_visible()
    expect(driver.by_id("version-detect-1")).to_be_checked(timeout=TRAINED_MS)
    expect(driver.by_id("validation")).to_contain_text("detect-1")
    expect(driver.by_id("curve")).to_be_visible()

"""Methods of separate packages in the page: each has a tool in the bar, made from its task and its prompts."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser
from trays import XY, draw_tray

from example_packages import fewclicks, installed, serving
from fewclicks.store.project import create_project

pytest.importorskip("onnx", reason="the tiny pair is made with onnx, which comes with fewclicks[train]")
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

from tiny_sam import make_pair

WASHER, SCREW = 1, 2
COUNT = 45  # 15 of each kind


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Both example methods, and files of `sam` that a user has added."""
    folder = tmp_path_factory.mktemp("installed")
    found = installed("fewclicks-blobs", folder, "fewclicks-sam")
    fewclicks(found, "models", "add", "sam", *make_pair(folder))
    return found


@pytest.fixture
def parts(tmp_path: Path) -> list[dict[str, list[XY]]]:
    """Where the parts of the two images are."""
    (tmp_path / "images").mkdir()
    return [draw_tray(tmp_path / "images" / f"tray{seed}.png", seed, COUNT, (800, 600)) for seed in (1, 2)]


@pytest.fixture
def driver(
    browser: Browser, environment: Mapping[str, str], parts: list[dict[str, list[XY]]], tmp_path: Path
) -> Iterator[PageDriver]:
    create_project(tmp_path / "project", tmp_path / "images", ["washer", "screw", "cap"])
    with serving(environment, tmp_path / "project") as url:
        opened = open_page(browser, url)
        opened.open(1)
        yield opened
        opened.page.context.close()
    assert opened.troubles == []


def suggested(driver: PageDriver) -> list[int]:
    """The class of each suggested box."""
    classes: list[int] = driver.page.evaluate("window.fewclicks.proposals.map((each) => each.class_id)")
    return sorted(classes)


def complete(driver: PageDriver, count: int) -> None:
    """Wait until the last part of the image has answered."""
    driver.wait(f"window.fewclicks.proposals.length === {count}")
    driver.settle()


def exported(driver: PageDriver, to: Path) -> list[dict[str, object]]:
    driver.by_id("export").click()
    with driver.page.expect_download() as download:
        driver.by_id("export-coco").click()
    download.value.save_as(to)
    annotations: list[dict[str, object]] = json.loads(to.read_text())["annotations"]
    return annotations


def test_both_are_in_the_tool_bar(driver: PageDriver) -> None:
    for name, title, about in (
        ("blobs", "Blobs", "Find all blobs of the colour that you click."),
        ("sam", "Segment Anything", "Outline an object from clicks or a box"),
    ):
        tool = driver.by_id(f"tool-prompt.{name}")
        assert title in (tool.get_attribute("aria-label") or "")
        assert about in (tool.get_attribute("title") or "")
        tool.click()
        assert tool.get_attribute("aria-pressed") == "true"
        assert driver.text("model").startswith(name)


def test_clicks_with_blobs_suggest_boxes(driver: PageDriver, parts: list[dict[str, list[XY]]], tmp_path: Path) -> None:
    driver.by_id("tool-prompt.blobs").click()
    driver.press("1")
    driver.click(*parts[0]["washer"][0])
    complete(driver, COUNT // 3)
    driver.press("2")
    driver.click(*parts[0]["screw"][0])
    complete(driver, 2 * COUNT // 3)
    assert suggested(driver) == [WASHER] * 15 + [SCREW] * 15
    driver.press("Control+z")
    complete(driver, COUNT // 3)
    driver.press("Control+Shift+z")
    complete(driver, 2 * COUNT // 3)
    driver.page.screenshot(path=tmp_path / "blobs.png")

    driver.hover(*parts[0]["washer"][3])
    driver.press("Enter")
    driver.settle()
    assert [each["class_id"] for each in driver.annotations] == [WASHER]
    driver.press("Shift+Enter")
    driver.settle()
    assert (len(driver.stored(1)), suggested(driver)) == (2 * COUNT // 3, [])
    assert {each["provenance"]["method"] for each in driver.stored(1)} == {"blobs"}
    assert len(exported(driver, tmp_path / "coco.json")) == 2 * COUNT // 3


def test_blobs_finds_what_was_clicked_in_another_image(driver: PageDriver, parts: list[dict[str, list[XY]]]) -> None:
    driver.by_id("tool-prompt.blobs").click()
    driver.press("1")
    for place in parts[0]["washer"][:2]:
        driver.click(*place)
        driver.settle()
    driver.press("d")
    driver.by_id("suggestions-leave").click()
    driver.press("g")
    complete(driver, COUNT // 3)
    assert suggested(driver) == [WASHER] * 15
    driver.by_id("elsewhere").uncheck()
    complete(driver, 0)


def test_a_box_and_clicks_with_sam_make_a_mask(
    driver: PageDriver, parts: list[dict[str, list[XY]]], tmp_path: Path
) -> None:
    driver.by_id("tool-prompt.sam").click()
    x, y = parts[0]["washer"][0]
    driver.press("1")
    driver.drag([(x - 16, y - 16), (x + 16, y + 16)])
    driver.settle()
    (made,) = driver.annotations
    assert (made["state"], made["shape"]["type"], made["provenance"]["method"]) == ("proposed", "mask", "sam")
    x0, y0, x1, y1 = made["shape"]["xyxy"]
    assert x - 16 <= x0 < x < x1 <= x + 16
    assert y - 16 <= y0 < y < y1 <= y + 16
    driver.click(x, y, button="right")  # nothing of this colour belongs to the object
    driver.settle()
    (corrected,) = driver.annotations
    assert [each["type"] for each in corrected["prompts"]] == ["box", "click"]
    assert corrected["shape"] != made["shape"]
    driver.press("Control+z")
    driver.settle()
    assert driver.annotations[0]["shape"] == made["shape"]
    driver.press("Enter")
    driver.settle()
    assert driver.stored(1)[0]["state"] == "accepted"

    driver.press("2")
    driver.click(*parts[0]["screw"][0])
    driver.settle()
    driver.page.screenshot(path=tmp_path / "sam.png")
    driver.press("Shift+Enter")
    driver.settle()
    assert [each["state"] for each in driver.stored(1)] == ["accepted", "accepted"]
    assert [each["category_id"] for each in exported(driver, tmp_path / "coco.json")] == [WASHER, SCREW]

"""Masks from boxes in the page: by mouse and by keyboard, with the shipped model, accepted, undone."""

from pathlib import Path
from typing import Any

import pytest
from page_driver import PageDriver
from playwright.sync_api import Locator, expect

from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Snapshot

COIN, PERSON, THING = 1, 2, 3
COINS = {"a": [22, 23, 76, 78], "b": [84, 32, 124, 74], "c": [135, 28, 178, 72]}
ACCEPTED = "window.fewclicks.annotations.filter(each => each.state === 'accepted').map(each => each.id).sort()"


@pytest.fixture
def project(project: Path) -> Path:
    """Boxes around three coins, a person, and around something that marks a crowd."""
    boxes = [Snapshot(name, 1, COIN, "accepted", _box(xyxy)) for name, xyxy in COINS.items()]
    boxes.append(Snapshot("crowd", 1, COIN, "accepted", _box([200, 100, 300, 200]), crowd=True))
    boxes.append(Snapshot("person", 2, PERSON, "accepted", _box([30, 10, 400, 500])))
    with Project(project) as opened, opened.changing() as log:
        for box in boxes:
            request = Request(f"r-{box.id}", "edit", "box", {}, box.image_id)
            log.append(request, Outcome((AnnotationChange(None, box),)))
    return project


def _box(xyxy: list[float]) -> dict[str, Any]:
    return {"type": "box", "xyxy": xyxy}


def shapes(driver: PageDriver, image_id: int = 1) -> dict[str, str]:
    """The kind of shape of each accepted object that is stored."""
    return {each["id"]: each["shape"]["type"] for each in driver.stored(image_id) if each["state"] == "accepted"}


def masks(driver: PageDriver) -> list[str]:
    return [each["id"] for each in driver.stored() if each["state"] == "proposed"]


def press_enter_on(button: Locator) -> None:
    """By keyboard, as soon as the button can have the focus: it cannot while the panel waits for the server."""
    expect(button).to_be_enabled(timeout=30_000)
    button.press("Enter")


def test_the_boxes_of_a_class_get_masks_that_take_their_places(driver: PageDriver) -> None:
    before = shapes(driver)
    driver.press("Shift+T")
    driver.by_id("masks-class").select_option(label="coin")
    driver.by_id("ask-all-segment").click()
    driver.by_id("ask-result").wait_for(timeout=120_000)
    assert driver.text("ask-result") == (
        "Segment: 3 suggested masks in 1 image. Skipped 1 box in 1 image, such as 1-coins.png: the box marks a crowd."
    )
    assert shapes(driver) == before, "accepted boxes stay"
    assert len(masks(driver)) == 3
    driver.by_id("ask-questions").click()
    driver.wait("document.querySelector('[data-testid=question-canvas]')?.dataset.question")
    assert "segment" in driver.text("question-source").lower()
    driver.press("y")
    driver.page.get_by_text("1 of 3 answered").wait_for()
    driver.press("Escape")
    driver.by_id("question-page").wait_for(state="detached")
    driver.settle()
    left = shapes(driver)
    assert sorted(left.values()) == ["box", "box", "box", "mask"]
    assert len(left.keys() & COINS.keys()) == 2
    driver.wait(f"{ACCEPTED}.join() === '{','.join(sorted(left))}'")  # the page follows the log
    driver.by_id("accept-all").click()
    driver.settle()
    assert not shapes(driver).keys() & COINS.keys()
    assert {each["id"] for each in driver.annotations} == shapes(driver).keys(), "the page drops the boxes too"
    driver.press("Control+z")
    driver.settle()
    assert shapes(driver) == left
    assert {each["id"] for each in driver.annotations if each["state"] == "accepted"} == left.keys()


def test_they_are_suggested_and_undone_by_keyboard(driver: PageDriver) -> None:
    before = {image: shapes(driver, image) for image in (1, 2)}
    driver.press("Shift+T")
    press_enter_on(driver.by_id("ask-all-segment"))
    driver.by_id("ask-result").wait_for(timeout=120_000)
    assert driver.text("ask-result").startswith("Segment: 4 suggested masks in 2 images.")
    assert len(masks(driver)) == 3
    press_enter_on(driver.page.get_by_label("Undo: masks from boxes"))
    driver.page.get_by_text("Undone: masks from boxes, in 2 images").first.wait_for()
    assert masks(driver) == []
    assert {image: shapes(driver, image) for image in (1, 2)} == before

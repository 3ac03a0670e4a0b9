"""A project without classes: the page asks for the first one, and what was drawn before waits for it."""

from pathlib import Path

import pytest
from page_driver import PageDriver

from fewclicks.store.project import create_project

HELD = (
    "document.querySelector('[data-testid=no-class] p')?.innerText === 'Enter a name for the class of what you drew.'"
)


@pytest.fixture
def project(tmp_path: Path, images: Path) -> Path:
    create_project(tmp_path / "project", images)
    return tmp_path / "project"


def name_the_class(driver: PageDriver, name: str = "coin") -> None:
    """Type into what has the focus, as a person does."""
    driver.wait("document.activeElement?.dataset.testid === 'class-name'")
    driver.page.keyboard.type(name)
    driver.press("Enter")
    driver.settle()


def classes(driver: PageDriver) -> list[str]:
    return driver.page.locator("[data-testid^=class-] .name").all_inner_texts()


def class_id(driver: PageDriver) -> int:
    (only,) = driver.page.request.get(f"{driver.url}api/project").json()["classes"]
    return int(only["id"])


def test_the_page_begins_with_the_name_of_the_first_class(driver: PageDriver) -> None:
    assert "This project has no class yet." in driver.text("no-class")
    name_the_class(driver)
    assert classes(driver) == ["coin"]
    assert driver.by_id("no-class").count() == 0
    driver.drag([(18, 30), (72, 82)])  # the keys and the mouse belong to the image again
    driver.settle()
    driver.press("Enter")
    driver.settle()
    assert [(each["class_id"], each["state"]) for each in driver.stored()] == [(class_id(driver), "accepted")]


@pytest.mark.parametrize(
    ("key", "places", "kind"),
    [
        ("s", [(18, 30), (72, 82)], "mask"),
        ("s", [(45, 55)], "mask"),
        ("r", [(18, 30), (72, 82)], "box"),
        ("b", [(30, 50), (60, 60)], "mask"),
        ("p", [(20, 30), (70, 30), (45, 80), (20, 30)], "polygons"),
        ("q", [(45, 30), (18, 56), (45, 82), (72, 56)], "mask"),
        ("x", [(45, 30), (18, 56), (45, 82), (72, 56)], "mask"),
    ],
)
def test_what_was_drawn_first_waits_for_its_class(
    driver: PageDriver, key: str, places: list[tuple[float, float]], kind: str
) -> None:
    driver.press("Escape", key)
    if len(places) == 2:
        driver.drag(places)
    else:
        for place in places:
            driver.click(*place)
    driver.wait(HELD)
    assert driver.annotations == []
    name_the_class(driver)
    assert [(each["class_id"], each["shape"]["type"]) for each in driver.stored()] == [(class_id(driver), kind)]


def test_a_class_click_waits_too(driver: PageDriver) -> None:
    driver.press("Escape", "c")
    driver.click(45, 55)
    driver.wait(HELD)
    name_the_class(driver)
    assert len(driver.page.evaluate("window.fewclicks.classClicks")) == 1


def test_what_waits_outlives_a_reload(driver: PageDriver) -> None:
    driver.press("Escape", "r")
    driver.drag([(18, 30), (72, 82)])
    driver.wait(HELD)
    driver.page.reload()
    driver.wait(HELD)
    name_the_class(driver)
    assert [each["shape"]["type"] for each in driver.stored()] == ["box"]


def test_several_wait_and_undo_drops_the_last(driver: PageDriver) -> None:
    driver.press("Escape", "r")
    for x in (20, 100, 180):
        driver.drag([(x, 30), (x + 50, 80)])
    driver.wait(HELD)
    driver.press("Escape")  # cancels the form, not what was drawn
    driver.by_id("no-class").get_by_role("button", name="Add a class").wait_for()
    driver.press("ControlOrMeta+z")
    driver.by_id("no-class").get_by_role("button", name="Add a class").click()
    name_the_class(driver)
    assert [each["shape"]["xyxy"][0] for each in driver.stored()] == pytest.approx([20, 100], abs=1)


def test_it_waits_in_its_own_image(driver: PageDriver) -> None:
    driver.press("Escape", "r")
    driver.drag([(20, 30), (70, 80)])
    driver.wait(HELD)
    driver.press("Escape", "d")
    driver.settle()
    assert "This project has no class yet." in driver.text("no-class")
    driver.by_id("add-class").click()
    name_the_class(driver)
    assert driver.stored(1) == driver.stored(2) == []
    driver.press("a")
    driver.wait("window.fewclicks.annotations.length === 1")
    driver.settle()
    assert (len(driver.stored(1)), driver.stored(2)) == (1, [])


def test_by_keyboard_alone(driver: PageDriver) -> None:
    driver.press("Escape")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "."):
        driver.press(key)
    driver.wait(HELD)
    name_the_class(driver)
    assert len(driver.stored()) == 1

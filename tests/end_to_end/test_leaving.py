"""The question about suggestions that nobody has accepted, when a person leaves their image."""

from collections.abc import Callable

import pytest
from page_driver import PageDriver
from playwright.sync_api import expect

COINS = [[(84, 28), (130, 85)], [(140, 28), (190, 85)]]


@pytest.fixture
def suggesting(driver: PageDriver) -> PageDriver:
    """Two suggestions in the first image."""
    for coin in COINS:
        driver.drag(coin)
        driver.settle()
    assert states(driver) == ["proposed", "proposed"]
    return driver


def states(driver: PageDriver) -> list[str]:
    return [each["state"] for each in driver.stored()]


def shown(driver: PageDriver) -> int:
    """The image on the screen."""
    return int(driver.page.evaluate("location.hash.split('=')[1]"))


def check_asked(driver: PageDriver, times: int = 1) -> None:
    expect(driver.by_id("suggestions-dialog")).to_have_count(times)


def arrive(driver: PageDriver, image_id: int) -> None:
    driver.wait(f"location.hash === '#image={image_id}'")
    driver.settle()


def test_esc_stays_and_enter_accepts(suggesting: PageDriver) -> None:
    driver = suggesting
    driver.press("d")
    expect(driver.by_id("suggestions-dialog").get_by_role("heading")).to_have_text("2 suggestions are not accepted")
    driver.press("d", "Delete", "Escape")
    check_asked(driver, times=0)
    assert shown(driver) == 1
    assert states(driver) == ["proposed", "proposed"]
    driver.press("d", "Enter")
    arrive(driver, 2)
    assert states(driver) == ["accepted", "accepted"]
    driver.press("a")
    arrive(driver, 1)
    driver.press("d")
    arrive(driver, 2)


def test_enter_accepts_wherever_the_focus_is_in_the_dialog(suggesting: PageDriver) -> None:
    driver = suggesting
    driver.press("d")
    driver.by_id("suggestions-dialog").get_by_role("heading").click()
    driver.press("Enter")
    arrive(driver, 2)
    assert states(driver) == ["accepted", "accepted"]


def test_a_key_held_down_since_before_the_question_does_not_answer_it(suggesting: PageDriver) -> None:
    driver = suggesting
    driver.page.keyboard.down("Control")
    driver.page.keyboard.down("Enter")
    driver.page.keyboard.up("Control")
    driver.by_id("suggestions-dialog").wait_for()
    driver.page.keyboard.down("Enter")  # it repeats
    driver.page.keyboard.up("Enter")
    check_asked(driver)
    assert states(driver) == ["proposed", "proposed"]


def by_list(driver: PageDriver) -> None:
    driver.by_id("image-2").click()


def by_address(driver: PageDriver) -> None:
    driver.page.evaluate("location.hash = '#image=2'")
    driver.by_id("suggestions-dialog").wait_for()


def by_done(driver: PageDriver) -> None:
    driver.press("Control+Enter")


@pytest.mark.parametrize("leave", [by_list, by_address, by_done])
def test_every_way_to_another_image_asks_once(suggesting: PageDriver, leave: Callable[[PageDriver], None]) -> None:
    driver = suggesting
    leave(driver)
    check_asked(driver)
    driver.by_id("suggestions-stay").click()
    assert shown(driver) == 1
    leave(driver)
    driver.by_id("suggestions-leave").click()
    arrive(driver, 2)
    driver.by_id("image-1").click()
    arrive(driver, 1)
    driver.by_id("image-3").click()
    arrive(driver, 3)
    assert states(driver) == ["proposed", "proposed"]


def test_setting_an_image_to_done_asks_also_from_another_image(suggesting: PageDriver) -> None:
    driver = suggesting
    driver.by_id("status-1").click()
    check_asked(driver)
    driver.press("Escape")
    assert driver.text("progress") == "0 of 3 done"
    driver.open(3)
    driver.by_id("status-1").click()
    driver.by_id("suggestions-dialog").wait_for()
    assert shown(driver) == 1
    driver.press("Enter")
    driver.settle()
    assert states(driver) == ["accepted", "accepted"]
    assert driver.text("progress") == "1 of 3 done"


def test_a_remembered_choice_asks_no_more_until_it_is_changed(suggesting: PageDriver) -> None:
    driver = suggesting
    driver.press("d", "Tab", "Tab", "Tab", "Space")
    assert driver.by_id("suggestions-remember").is_checked()
    driver.by_id("suggestions-leave").click()
    arrive(driver, 2)
    driver.open(1)
    driver.press("d")
    arrive(driver, 2)
    driver.press("F1")
    assert driver.by_id("on-leaving").input_value() == "leave"
    driver.by_id("on-leaving").select_option("accept")
    driver.by_id("help-panel").get_by_role("button", name="Close").click()
    driver.open(1)
    driver.press("d")
    expect(driver.by_id("hint")).to_have_text("Accepted 2 suggestions")  # for some seconds
    arrive(driver, 2)
    assert states(driver) == ["accepted", "accepted"]

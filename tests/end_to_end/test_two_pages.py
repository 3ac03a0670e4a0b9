"""Two pages on one project, and a browser without room: nothing is taken back or lost unseen."""

import re
from collections.abc import Callable

from page_driver import PageDriver
from playwright.sync_api import Dialog
from running_server import RunningServer

FIRST, SECOND = ((20.0, 30.0), (75.0, 85.0)), ((85.0, 28.0), (130.0, 85.0))


def draw(driver: PageDriver, box: tuple[tuple[float, float], tuple[float, float]]) -> None:
    driver.press("r")
    driver.drag(box)
    driver.settle()


def test_undo_takes_back_nothing_of_another_page_unseen(open_driver: Callable[..., PageDriver]) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.page.reload()
    other.settle()
    draw(other, SECOND)
    one.press("Control+z")
    one.wait("window.fewclicks.annotations.length === 2")
    assert re.match("Not undone: .*changed", one.text("hint"))
    assert len(one.stored()) == 2
    one.press("Control+z")
    one.settle()
    assert len(one.stored()) == 1


def test_an_object_drawn_while_its_class_was_taken_out_elsewhere_keeps_it(
    open_driver: Callable[..., PageDriver],
) -> None:
    one, other = open_driver(), open_driver()
    other.page.get_by_role("button", name="Edit person").click()
    other.page.get_by_role("button", name="Remove").click()
    other.settle()
    one.press("2")
    draw(one, FIRST)
    other.page.reload()
    other.settle()
    assert [each["class_id"] for each in one.stored()] == [2]
    assert other.page.get_by_role("button", name="Edit person").count() == 1


def test_a_page_that_cannot_keep_its_changes_asks_before_it_goes(driver: PageDriver, server: RunningServer) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    driver.page.on("dialog", stay)
    server.kill()
    driver.page.evaluate(
        "for (let n = 2 ** 22; n >= 1; n /= 2) try { localStorage.setItem(n, 'x'.repeat(n)) } catch {}"
    )
    driver.press("r")
    driver.drag(FIRST)
    driver.by_id("banner").wait_for()
    with driver.page.expect_event("dialog"):
        driver.page.evaluate("setTimeout(() => location.reload())")
    assert asked == ["beforeunload"]
    assert len(driver.annotations) == 1
    server.start()
    driver.settle()
    assert len(driver.stored()) == 1

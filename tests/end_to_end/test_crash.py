"""`kill -9` of the server in the middle of the work."""

from collections.abc import Callable

from page_driver import PageDriver
from running_server import RunningServer

BOXES = [((20.0, 30.0), (75.0, 85.0)), ((85.0, 28.0), (130.0, 85.0)), ((190.0, 20.0), (250.0, 80.0))]


def test_nothing_acknowledged_is_lost_and_the_rest_is_sent(driver: PageDriver, server: RunningServer) -> None:
    driver.drag(BOXES[0])
    driver.settle()
    driver.press("Enter")
    driver.drag(BOXES[1])
    driver.settle()
    acknowledged = driver.annotations
    server.kill()

    driver.click(107, 75, button="right")
    driver.by_id("banner").wait_for()
    driver.press("Enter")
    driver.press("r")
    driver.drag(BOXES[2])
    assert driver.text("saved") == "Not saved yet"
    assert "stored in this browser" in driver.text("banner")
    assert [each["state"] for each in driver.annotations] == ["accepted"] * 3

    server.start()
    driver.settle()
    driver.by_id("banner").wait_for(state="detached")
    stored = driver.stored()
    assert stored == driver.annotations
    assert stored[0] == acknowledged[0]
    assert [each["state"] for each in stored] == ["accepted"] * 3
    assert [len(each["prompts"]) for each in stored] == [1, 2, 0]
    assert stored[2]["shape"]["type"] == "box"


def test_a_reloaded_page_shows_the_same_and_sends_what_was_kept(
    driver: PageDriver, server: RunningServer, open_driver: Callable[..., PageDriver]
) -> None:
    driver.drag(BOXES[0])
    driver.settle()
    server.kill()
    driver.press("r")
    driver.drag(BOXES[2])
    driver.by_id("banner").wait_for()
    kept = driver.page.evaluate("({...localStorage})")
    shown = driver.annotations
    driver.page.context.close()

    server.start()
    other = open_driver()
    other.page.evaluate("kept => Object.entries(kept).forEach(([k, v]) => localStorage.setItem(k, v))", kept)
    other.page.reload()
    other.settle()
    assert [each["id"] for each in other.annotations] == [each["id"] for each in shown]
    assert other.stored() == other.annotations


def test_unfinished_prompts_are_there_after_a_restart_and_can_be_undone(
    driver: PageDriver, server: RunningServer
) -> None:
    driver.drag(BOXES[0])
    driver.settle()
    driver.click(48, 80, button="right")
    driver.settle()
    before = driver.annotations
    server.kill()
    server.start()
    driver.page.reload()
    driver.settle()
    assert driver.annotations == before
    driver.press("Control+z")
    driver.wait("window.fewclicks.annotations[0].prompts.length === 1")
    driver.settle()


BLANK = """(() => {
  const canvas = document.querySelector(".picture canvas");
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.every((value) => value === 0);
})()"""


def test_an_image_that_does_not_come_takes_nothing_up_and_comes_once_the_server_is_back(
    driver: PageDriver, server: RunningServer
) -> None:
    start, end = driver.place(BOXES[0][0]), driver.place(BOXES[0][1])
    server.kill()
    driver.by_id("image-2").click()
    driver.by_id("problem").wait_for()
    assert "The server does not respond. The image appears when the server is back." in driver.text("problem")
    driver.wait(BLANK)
    driver.press("r")
    driver.page.mouse.move(*start)
    driver.page.mouse.down()
    driver.page.mouse.move(*end, steps=4)
    driver.page.mouse.up()
    driver.press("Shift+ArrowRight", "/", "Shift+ArrowRight", "Shift+ArrowDown", "/")
    assert driver.annotations == []
    assert driver.page.evaluate("window.fewclicks.unsaved") == 0

    server.start()
    driver.settle()
    assert driver.by_id("problem").count() == 0
    driver.wait(f"!{BLANK}")  # an image is open some frames before it is drawn
    driver.drag(BOXES[0])
    driver.settle()
    assert driver.stored(2) == driver.annotations

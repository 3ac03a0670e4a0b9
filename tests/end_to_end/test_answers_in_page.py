"""Answers that do not come, come too late, or are asked for after the page was loaded again."""

import re
from pathlib import Path

import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, Route, expect
from running_server import serving

COIN = ((85.0, 28.0), (130.0, 85.0))
CORNERS = [(150.0, 100.0), (190.0, 100.0), (190.0, 140.0)]

SEE_EVERY_FRAME = """() => {
  window.seen = new Set();
  const look = () => { window.seen.add(JSON.stringify(window.fewclicks.annotations)); requestAnimationFrame(look) };
  look();
}"""


def test_what_the_model_could_not_answer_is_kept_and_asked_again(
    browser: Browser, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEWCLICKS_ENCODE_AHEAD", "false")
    photo, away = tmp_path / "images" / "1-coins.png", tmp_path / "away.png"
    with serving(project) as server:
        driver = open_page(browser, server.url)
        driver.open(1)
        photo.rename(away)
        driver.drag(COIN)
        driver.by_id("failure").wait_for()
        assert "Your clicks are saved." in driver.text("failure")
        assert driver.by_id("problem").count() == 0
        assert driver.page.evaluate("window.fewclicks.isOpen")
        kept = driver.annotations
        assert [each["shape"] for each in kept] == [None]
        assert kept[0]["prompts"][0]["type"] == "box"
        again = driver.page.get_by_role("button", name="Retry")
        again.click()
        driver.settle()
        assert driver.by_id("failure").is_visible()
        assert driver.stored() == kept

        away.rename(photo)
        again.click()
        driver.settle()
        assert driver.by_id("failure").count() == 0
        answered = driver.annotations
        assert answered[0]["shape"]["type"] == "mask"
        assert answered[0]["prompts"] == kept[0]["prompts"]
        assert driver.stored() == answered
        assert driver.troubles == []
        driver.page.context.close()


def test_an_answer_to_what_was_undone_never_shows(driver: PageDriver) -> None:
    driver.drag(COIN)
    driver.settle()
    before = driver.annotations
    held: list[Route] = []
    driver.page.route("**/respond", lambda route: held.append(route))
    with driver.page.expect_request("**/respond"):
        driver.click(107, 80, button="right")
    driver.press("Control+z")
    driver.page.evaluate(SEE_EVERY_FRAME)
    held[0].continue_()
    driver.page.unroute("**/respond")
    driver.settle()
    driver.page.wait_for_timeout(100)
    assert driver.page.evaluate("[...window.seen].map(JSON.parse)") == [before]
    assert driver.stored() == before
    driver.press("Control+Shift+z")
    driver.wait("window.fewclicks.annotations[0].prompts.length === 2")
    driver.settle()


def test_clicks_under_shift_outlive_a_reload(driver: PageDriver) -> None:
    driver.drag(COIN)
    driver.settle()
    driver.page.keyboard.down("Shift")
    driver.click(107, 57)
    driver.click(107, 80, button="right")
    driver.page.reload()
    driver.settle()
    assert [len(each["prompts"]) for each in driver.annotations] == [1]
    driver.page.keyboard.up("Shift")
    driver.wait("window.fewclicks.annotations[0].prompts.length === 3")
    driver.settle()
    assert [prompt.get("round") for prompt in driver.stored()[0]["prompts"]] == [None, 1, 1]


def test_tool_class_object_and_corners_outlive_a_reload(driver: PageDriver) -> None:
    driver.press("r")
    driver.drag([(100, 100), (140, 140)])
    driver.settle()
    first = driver.selected
    driver.page.reload()
    driver.settle()
    assert driver.selected == first
    driver.press("Escape", "2", "p")
    for corner in CORNERS:
        driver.click(*corner)
    driver.page.reload()
    driver.settle()
    assert driver.by_id("tool-polygon").get_attribute("aria-pressed") == "true"
    driver.press("Enter")
    driver.settle()
    polygon = driver.stored()[1]
    assert (polygon["class_id"], len(polygon["shape"]["rings"][0])) == (2, 6)
    assert driver.selected == polygon


COUNTED = """() => {
  const lower = document.querySelector(".stage > canvas[aria-hidden]").getContext("2d");
  const clear = lower.clearRect.bind(lower);
  window.drawings = 0;
  lower.clearRect = (...box) => { window.drawings += 1; clear(...box); };
}"""


def test_an_answer_draws_no_other_object_again(driver: PageDriver) -> None:
    driver.drag(COIN)
    driver.settle()
    driver.press("Enter")
    driver.drag([(135, 30), (170, 65)])
    driver.settle()
    first, second = driver.annotations
    driver.page.evaluate(COUNTED)
    driver.click(156, 74)
    driver.settle()
    assert driver.annotations[1]["shape"] != second["shape"]
    assert driver.annotations[0] == first
    driver.wait("window.fewclicks.lastAnswer.seenAfter !== null")
    assert driver.page.evaluate("window.drawings") == 0
    driver.press("v", "Escape")
    driver.wait("window.drawings === 1")  # it is not worked on any more


def test_the_status_bar_shows_only_times_of_the_tool_in_hand(driver: PageDriver) -> None:
    model = driver.page.get_by_test_id("model")
    driver.drag(COIN)
    driver.settle()
    expect(model).to_have_text(re.compile(r"^segment.* · \d"))
    driver.press("c")
    expect(model).to_have_text(re.compile(r"^detect[^·]*$"))

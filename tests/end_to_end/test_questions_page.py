"""Questions about suggestions, one after the other: by keyboard, undone, on two pages, after closing, the ledger."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_driver import PageDriver, open_page
from PIL import Image
from playwright.sync_api import Browser, Route, expect
from running_server import serving
from skimage import data

from fewclicks.application.questions import refresh
from fewclicks.store.events import Change, Outcome, Request
from fewclicks.store.project import Project, create_project
from fewclicks.store.work import Arranged
from fewclicks.work.items import area_item
from fewclicks.work.ledger import confirmed_areas

COIN, PERSON = 1, 2
SCORES = (0.5, 0.53, 0.56, 0.6, 0.65, 0.7, 0.8, 0.9)
BOXES = tuple([40.0 + 80 * (n % 4), 40.0 + 90 * (n // 4), 50.0, 50.0, 0.0] for n in range(8))
WITHIN_MS = 100


def suggest(folder: Path, boxes: Sequence[list[float]] = BOXES) -> None:
    """Store suggested coins in the first image, as a job does; the first one is the least sure."""
    with Project(folder) as project, project.changing() as log:
        before = log.proposals(1)
        after = replace(
            before,
            boxes=tuple(boxes),
            scores=SCORES[: len(boxes)],
            class_ids=(COIN,) * len(boxes),
            method="detect",
            weights="detect-1",
        )
        log.append(Request("job", "ask", "find", {}), Outcome(proposals=(Change(before, after),)))


@pytest.fixture
def project(project: Path) -> Path:
    suggest(project)
    return project


def centre(shape: dict[str, Any]) -> tuple[float, float]:
    x0, y0, x1, y1 = shape["xyxy"]
    return (x0 + x1) / 2, (y0 + y1) / 2


def ask(driver: PageDriver) -> None:
    """Open the questions by keyboard, until the first one is on screen."""
    driver.press("Shift+Q")
    shown(driver)


def shown(driver: PageDriver) -> str:
    driver.wait("document.querySelector('[data-testid=question-canvas]')?.dataset.question")
    return str(driver.by_id("question-canvas").get_attribute("data-question"))


def answer(driver: PageDriver, *keys: str) -> str:
    """Press keys that answer the question on screen, and return the next question once it is there."""
    before = shown(driver)
    driver.press(*keys)
    driver.wait(f"document.querySelector('[data-testid=question-canvas]')?.dataset.question !== '{before}'")
    return shown(driver)


def waited(driver: PageDriver) -> int:
    """Milliseconds from the last answer until the question on screen was drawn."""
    canvas = driver.by_id("question-canvas")
    expect(canvas).to_have_attribute("data-waited", re.compile(r"^\d+$"))
    return int(canvas.get_attribute("data-waited") or "")


def saved(driver: PageDriver) -> None:
    driver.wait("document.querySelector('[data-testid=question-saved]').textContent === 'All saved'")


def states(driver: PageDriver) -> dict[tuple[float, float], tuple[str, int]]:
    """State and class of the annotations by their centres; deleted ones are not listed."""
    return {centre(each["shape"]): (each["state"], each["class_id"]) for each in driver.stored()}


def places(numbers: Sequence[int]) -> list[tuple[float, float]]:
    return [(BOXES[number][0], BOXES[number][1]) for number in numbers]


def test_the_page_of_questions_waits_for_its_code(open_driver: Callable[..., PageDriver]) -> None:
    driver = open_driver(None)
    driver.page.route("**/assets/Dialogs-*.js", lambda route: route.abort())
    driver.open(1)
    driver.press("Shift+Q")
    driver.page.get_by_role("status").filter(has_text="Loading …").wait_for()
    driver.wait("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/questions/next'))")
    driver.press("Enter", "Delete")
    driver.page.unroute("**/assets/Dialogs-*.js")
    assert shown(driver)
    assert driver.text("question-progress") == f"0 of {len(BOXES)} answered"
    driver.press("Enter")
    driver.page.get_by_text(f"1 of {len(BOXES)} answered").wait_for()


def test_five_answers_by_keyboard_one_undone_and_the_queue_goes_on_after_a_restart(
    browser: Browser, project: Path
) -> None:
    with serving(project) as server:
        driver = open_page(browser, server.url)
        driver.open(1)
        ask(driver)
        assert "coin" in driver.text("question")
        assert driver.text("question-progress") == "0 of 8 answered"
        waits = []
        for keys in (["y"], ["n"], ["2"], ["ArrowRight", "ArrowRight", "ArrowDown", "y"]):
            fifth = answer(driver, *keys)
            waits.append(waited(driver))
        assert min(waits) <= WITHIN_MS, "the quickest: other tests run at the same time"
        answer(driver, "y")
        assert driver.text("question-progress") == "5 of 8 answered"
        driver.press("z")
        driver.wait(f"document.querySelector('[data-testid=question-canvas]').dataset.question === '{fifth}'")
        assert driver.text("question-progress") == "4 of 8 answered"
        saved(driver)
        x, y = places([3])[0]
        assert states(driver) == {
            places([0])[0]: ("accepted", COIN),
            places([2])[0]: ("accepted", PERSON),
            (x + 2, y + 1): ("accepted", COIN),
        }
        driver.page.close()
        again = PageDriver(driver.page.context.new_page(), server.url)
        again.open(1)
        ask(again)
        assert shown(again) == fifth
        assert again.text("question-progress") == "4 of 8 answered"
        assert driver.troubles + again.troubles == []
        again.page.context.close()


def test_two_browsers_get_other_questions(open_driver: Callable[..., PageDriver]) -> None:
    first, second = open_driver(), open_driver()
    ask(first)
    ask(second)
    asked = {False: [shown(first)], True: [shown(second)]}
    for _ in range(3):
        asked[False].append(answer(first, "y"))
        asked[True].append(answer(second, "n"))
    assert len({*asked[False], *asked[True]}) == 8
    first.press("y")
    first.page.get_by_text("1 question left, on other pages").wait_for()
    last = shown(second)
    with second.page.expect_response("**/questions/give-back"):
        second.press("Escape")
    first.press("Escape")
    first.by_id("question-page").wait_for(state="detached")
    ask(first)
    assert shown(first) == last


def test_a_missing_object_is_added_by_keyboard_and_by_mouse(driver: PageDriver) -> None:
    ask(driver)
    before = shown(driver)
    driver.press("m", "2", "ArrowDown", "Shift+ArrowRight", "y")
    driver.press("m")
    box = driver.by_id("question-canvas").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    driver.page.mouse.move(middle[0] + 40, middle[1] + 40)
    driver.page.mouse.down()
    driver.page.mouse.move(middle[0] + 120, middle[1] + 100, steps=3)
    driver.page.mouse.up()
    saved(driver)
    assert shown(driver) == before
    first, second = driver.stored()
    assert (first["shape"]["xyxy"], first["class_id"]) == ([65, 16, 116, 66], PERSON)
    assert (second["class_id"], second["provenance"]["method"]) == (COIN, "manual")
    driver.press("z", "z")
    saved(driver)
    assert driver.stored() == []


def test_a_dragged_corner_moves_the_box(driver: PageDriver) -> None:
    ask(driver)
    box = driver.by_id("question-canvas").bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / 150  # three boxes fit side by side
    x, y = box["x"] + box["width"] / 2 + 25 * scale, box["y"] + box["height"] / 2 + 25 * scale
    driver.page.mouse.move(x, y)
    driver.page.mouse.down()
    driver.page.mouse.move(x + 10 * scale, y + 5 * scale, steps=3)
    driver.page.mouse.up()
    answer(driver, "Enter")
    saved(driver)
    (made,) = driver.stored()
    assert made["shape"]["xyxy"] == pytest.approx([15, 15, 75, 70], abs=0.6)


def test_all_answered_and_skipped_questions_and_the_ledger(driver: PageDriver) -> None:
    ask(driver)
    answer(driver, "s")
    for _ in range(6):
        answer(driver, "n")
    driver.press("y")
    driver.by_id("ask-skipped").click()
    shown(driver)
    driver.press("y")
    driver.page.get_by_text("All 8 questions answered").wait_for()
    driver.press("l")
    driver.by_id("ledger-row").nth(8).wait_for()
    assert "Answers with an object\n2" in driver.text("ledger-total")
    with driver.page.expect_download() as download:
        driver.by_id("ledger-csv").click()
    assert download.value.suggested_filename == "project-ledger.csv"
    driver.press("Escape")
    driver.by_id("ledger-dialog").wait_for(state="detached")
    driver.press("Escape")
    driver.by_id("question-page").wait_for(state="detached")
    expect(driver.by_id("object-count")).to_have_text("2")


def test_an_answer_waits_for_a_server_that_is_gone(browser: Browser, project: Path) -> None:
    with serving(project) as server:
        driver = open_page(browser, server.url)
        driver.open(1)
        ask(driver)
        server.kill()
        answer(driver, "y")
        answer(driver, "n")
        assert driver.text("question-saved") == "Not saved yet"
        server.start()
        saved(driver)
        assert states(driver) == {places([0])[0]: ("accepted", COIN)}
        driver.page.context.close()


def test_an_answer_on_its_way_counts_as_unsaved_in_the_image_too(driver: PageDriver) -> None:
    ask(driver)
    held: list[Route] = []
    driver.page.route("**/questions/answers", lambda route: held.append(route))
    answer(driver, "y")
    assert driver.text("question-saved") == "Not saved yet"
    driver.press("Escape")
    driver.by_id("question-page").wait_for(state="detached")
    assert driver.text("saved") == "Not saved yet"
    driver.eventually(lambda: len(held), 1)
    held[0].continue_()
    driver.settle()
    assert states(driver) == {places([0])[0]: ("accepted", COIN)}


def test_find_everywhere_suggests_boxes_in_all_images_and_asks_about_them(driver: PageDriver) -> None:
    driver.press("c")
    for place in ((48, 50), (105, 50)):
        driver.click(*place)
        driver.settle()
    driver.press("Shift+T")
    driver.by_id("ask-all-detect").click()
    driver.by_id("ask-result").wait_for(timeout=120_000)
    assert "suggested boxes in 3 images" in driver.text("ask-result")
    assert "On the images, you see boxes with a confidence of at least 0.35" in driver.text("ask-result")
    driver.by_id("ask-questions").click()
    shown(driver)
    assert "detect" in driver.text("question-source").lower()
    left = int(driver.text("question-progress").split()[2].replace(",", ""))
    driver.press("Escape", "Shift+T")
    undo = driver.page.get_by_label("Undo: search")
    expect(undo).to_have_count(2)  # the latest one comes first
    undo.first.click()
    driver.page.get_by_text("Undone: search, in").first.wait_for()
    driver.by_id("counts-close").click()
    driver.by_id("counts-dialog").wait_for(state="detached")
    driver.press("Shift+Q")
    shown(driver)
    assert left > int(driver.text("question-progress").split()[2])


def test_an_empty_project_says_what_to_do(browser: Browser, tmp_path: Path, images: Path) -> None:
    create_project(tmp_path / "empty", images, ["coin"])
    with serving(tmp_path / "empty") as server:
        driver = open_page(browser, server.url, viewport={"width": 1024, "height": 700}, color_scheme="light")
        driver.open(1)
        driver.by_id("questions").click()
        driver.by_id("open-everywhere").click()
        driver.by_id("ask-all-detect").wait_for()
        assert driver.troubles == []
        driver.page.context.close()


def test_a_large_image_shows_the_suggestion_in_its_own_pixels(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    coins = Image.fromarray(data.coins())
    picture = Image.new("L", (5_600, 5_600), 40)
    picture.paste(coins.resize((coins.width * 2, coins.height * 2), Image.Resampling.BICUBIC), (3_100, 3_100))
    picture.save(folder / "large.jpg", quality=95)
    create_project(tmp_path / "project-of-large", folder, ["coin"])
    x, y = 3_100 + 2 * 116, 3_100 + 2 * 36  # the middle of a coin
    suggest(tmp_path / "project-of-large", [[x, y, 80.0, 80.0, 0.0]])
    with serving(tmp_path / "project-of-large") as server:
        driver = open_page(browser, server.url)
        driver.page.set_default_timeout(60_000)
        driver.page.goto(driver.url)
        driver.wait("window.fewclicks !== undefined")
        ask(driver)
        shot = np.asarray(Image.open(io.BytesIO(driver.by_id("question-canvas").screenshot())).convert("L"), float)
        middle = shot[
            shot.shape[0] // 2 - 20 : shot.shape[0] // 2 + 20, shot.shape[1] // 2 - 20 : shot.shape[1] // 2 + 20
        ]
        assert abs(middle.mean() - data.coins()[35:38, 115:118].mean()) < 25
        assert driver.troubles == []
        driver.page.context.close()


def test_an_area_gets_the_objects_that_are_missing(project: Path, browser: Browser) -> None:
    """Choose a class, drag around each object, and confirm that nothing else is missing."""
    area = area_item(1, (0.0, 0.0, 200.0, 150.0), COIN, "detect", "detect-1")
    with Project(project) as opened:
        refresh(opened)
        with opened.changing() as log:
            log.work.add([area])
            log.work.arrange([Arranged(area.id, "areas", "detect-1")])
    with serving(project) as server:
        driver = open_page(browser, server.url)
        driver.open(1)
        ask(driver)
        expect(driver.by_id("question")).to_have_text("Does every object in the frame have a box?")
        driver.press("n", "2")
        box = driver.by_id("question-canvas").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for left in (x - 120, x + 20):
            driver.page.mouse.move(left, y - 50)
            driver.page.mouse.down()
            driver.page.mouse.move(left + 90, y + 50)
            driver.page.mouse.up()
            expect(driver.by_id("question-notice")).to_have_text(
                "Object added. Does every object in the frame have a box now?"
            )
        answer(driver, "y")
        driver.press("Escape")
        driver.by_id("question-page").wait_for(state="detached")
        driver.settle()
        assert [each["class_id"] for each in driver.stored()] == [PERSON, PERSON]
        driver.page.context.close()
    with Project(project) as opened, opened.reading() as log:
        assert confirmed_areas(log)[1].tolist() == [[0, 0, 200, 150]]

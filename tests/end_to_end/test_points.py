"""Counting with points: placed, moved, deleted, undone, by mouse and by keyboard."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from page_driver import XY, PageDriver, open_page
from playwright.sync_api import Browser
from running_server import serving
from test_keyboard import put_cursor

HALFWAY = str(Path(__file__).parents[1] / "server" / "serve_points.py")
COIN, PERSON = 1, 2
PLACES = [(40.0 + 60 * column, 40.0 + 60 * row) for row in range(4) for column in range(5)]


def points(driver: PageDriver, class_id: int = COIN) -> list[XY]:
    """Where the points of a class are, in the order in which they were made."""
    mine = [each["shape"] for each in driver.annotations if each["class_id"] == class_id]
    return [(round(each["x"]), round(each["y"])) for each in mine]


def test_twenty_points_are_placed_moved_deleted_and_undone(driver: PageDriver) -> None:
    driver.press("t")
    for place in PLACES:
        driver.click(*place)
    driver.settle()
    assert points(driver) == PLACES
    assert driver.text("object-count") == "20"

    driver.drag([PLACES[3], (240, 60), (250, 70)])
    driver.settle()
    moved = [*PLACES[:3], (250, 70), *PLACES[4:]]
    assert points(driver) == moved

    driver.click(*PLACES[7])
    driver.press("Delete")
    driver.settle()
    assert points(driver) == [*moved[:7], *moved[8:]]
    driver.click(*PLACES[8], button="right")
    driver.settle()
    assert points(driver) == [*moved[:7], *moved[9:]]
    driver.press("Control+z", "Control+z", "Control+z")
    driver.settle()
    assert points(driver) == PLACES
    driver.press("Control+Shift+z")
    driver.settle()
    assert points(driver) == moved

    driver.press("Enter", "2")  # first deselects the point that redo has moved
    driver.click(340, 40)
    driver.settle()
    assert points(driver, PERSON) == [(340, 40)]
    driver.click(*PLACES[0])
    driver.press("2")
    driver.settle()
    assert points(driver, PERSON) == [PLACES[0], (340, 40)]
    assert [each["shape"]["type"] for each in driver.stored()] == ["point"] * 21


def test_points_by_keyboard(driver: PageDriver) -> None:
    driver.press("t")
    put_cursor(driver, 85, 28)
    driver.press(".")
    driver.press("/")
    put_cursor(driver, 100, 40)
    driver.press("/")
    driver.settle()
    assert points(driver) == [(100, 40)]
    driver.press("Delete")
    driver.settle()
    assert driver.annotations == []


@pytest.fixture
def halfway(browser: Browser, project: Path) -> Iterator[PageDriver]:
    """A page whose server has a model of points: it moves points halfway to the centre and suggests reflections."""
    with serving(project, (HALFWAY,)) as server:
        driver = open_page(browser, server.url)
        driver.open(3)  # 160 x 120 pixels
        driver.press("t")
        yield driver
        assert driver.troubles == []
        driver.page.context.close()


def place(driver: PageDriver, *places: XY) -> None:
    for at in places:
        driver.click(*at)
    driver.settle()
    driver.hover(2, 2)


def moves(driver: PageDriver) -> list[tuple[XY, XY]]:
    """Where the arrows begin and end."""
    shown = driver.page.evaluate("window.fewclicks.moves")
    return [(whole(each["from"]), whole(each["to"])) for each in shown]


def suggested(driver: PageDriver) -> list[XY]:
    return [
        whole(each["shape"][axis] for axis in "xy") for each in driver.page.evaluate("window.fewclicks.suggestedPoints")
    ]


def whole(xy: Iterable[float]) -> XY:
    x, y = xy
    return round(x), round(y)


def test_a_model_moves_points_and_arrows_show_where(halfway: PageDriver) -> None:
    place(halfway, (20, 20), (60, 100), (120, 40))
    before = points(halfway)
    halfway.by_id("ask-halfway").click()
    halfway.settle()
    halfway.hover(2, 2)
    after = [(50, 40), (70, 80), (100, 50)]
    assert moves(halfway) == list(zip(before, after, strict=True))
    assert halfway.text("hint").startswith("3 moves · click an arrow to accept it")
    assert halfway.text("suggestion-count") == "3 moves, 3 new points"
    assert points(halfway) == before

    halfway.hover(35, 30)  # on the first arrow
    halfway.wait("document.querySelector('[data-testid=hint]').textContent.includes('accept this move')")
    halfway.press("Delete")
    halfway.click(110, 45)  # on the third one
    halfway.settle()
    assert points(halfway) == [before[0], before[1], after[2]]
    halfway.hover(2, 2)
    halfway.press("Enter")
    halfway.settle()
    assert points(halfway) == [before[0], after[1], after[2]]
    assert moves(halfway) == []
    halfway.press("Control+z", "Control+z", "Control+z")
    halfway.settle()
    assert (points(halfway), len(moves(halfway))) == (before, 3)
    halfway.press("Escape")
    halfway.settle()
    assert (points(halfway), moves(halfway)) == (before, [])
    halfway.press("Control+z")
    halfway.settle()
    halfway.press("Enter")
    halfway.settle()
    assert points(halfway) == after
    halfway.open(3)
    assert points(halfway) == after


def test_a_wide_image_is_answered_part_by_part(halfway: PageDriver) -> None:
    halfway.open(2)
    place(halfway, (100, 100), (500, 100))
    halfway.press("i")
    halfway.wait("window.fewclicks.moves.length === 2")
    assert [to for _, to in moves(halfway)] == [(178, 178), (378, 178)]
    halfway.press("Control+z")
    halfway.wait("window.fewclicks.moves.length === 0")


def test_moves_are_taken_by_keyboard(halfway: PageDriver) -> None:
    place(halfway, (20, 20), (60, 100), (120, 40))
    halfway.press("i")
    halfway.settle()
    halfway.press("j", "y", "Shift+Y", "y")
    halfway.settle()
    assert points(halfway) == [(50, 40), (60, 100), (100, 50)]


def test_suggested_points_are_accepted_and_counted(halfway: PageDriver) -> None:
    place(halfway, (20, 20), (60, 100))
    halfway.press("2")
    place(halfway, (120, 40))
    halfway.press("i")
    halfway.settle()
    halfway.press("Escape")
    halfway.settle()
    halfway.hover(2, 2)
    assert suggested(halfway) == [(140, 100), (100, 20), (40, 80)]
    assert [halfway.text(f"points-of-{each}").split() for each in (COIN, PERSON)] == [
        ["coin", "2", "+2"],
        ["person", "1", "+1"],
    ]
    halfway.click(40, 80)
    halfway.click(100, 20, button="right")
    halfway.settle()
    assert suggested(halfway) == [(140, 100)]
    assert points(halfway, PERSON) == [(120, 40), (40, 80)]
    halfway.hover(2, 2)
    halfway.press("Shift+Enter")
    halfway.settle()
    assert points(halfway) == [(20, 20), (60, 100), (140, 100)]
    assert [halfway.text(f"points-of-{each}").split() for each in (COIN, PERSON)] == [["coin", "3"], ["person", "2"]]
    halfway.press("Control+z")
    halfway.settle()
    assert suggested(halfway) == [(140, 100)]


def says(driver: PageDriver, name: str, *words: str) -> None:
    """Wait until an element has these words: the server counts the other images."""
    driver.eventually(lambda: driver.text(name).split(), list(words))


def test_counts_of_all_images_as_a_table_and_as_csv(halfway: PageDriver, tmp_path: Path) -> None:
    place(halfway, (20, 20), (60, 100))
    halfway.press("2")
    place(halfway, (120, 40))
    says(halfway, "points-in-3", "2", "1")
    halfway.open(2)
    halfway.press("t", "1")
    place(halfway, (200, 200))
    halfway.press("i")
    halfway.settle()
    says(halfway, "points-in-3", "2", "1")
    says(halfway, "points-in-2", "1", "+2")

    halfway.press("Shift+T")
    says(halfway, "counts-of-3", "3-plain.png", "2", "1", "0", "3")
    says(halfway, "counts-of-1", "1-coins.png", "0", "0", "0", "0")
    says(halfway, "counts-total", "All", "images", "3", "+2", "1", "0", "4", "+2")
    with halfway.page.expect_download() as download:
        halfway.by_id("counts-csv").click()
    rows = [line.split(",") for line in Path(download.value.path()).read_text().splitlines()]
    assert rows[0][:3] == ["image", "class", "points"]
    assert [row[2] for row in rows if row[:2] == ["3-plain.png", "coin"]] == ["2"]
    halfway.press("Escape")
    halfway.by_id("counts-dialog").wait_for(state="detached")
    halfway.press("1")  # keys are the image's again
    assert halfway.by_id("class-1").get_attribute("aria-pressed") == "true"


def test_a_job_asks_about_all_images_and_its_moves_are_accepted_and_undone(halfway: PageDriver) -> None:
    place(halfway, (20, 20), (60, 100))
    halfway.open(2)
    place(halfway, (200, 200))
    halfway.by_id("counts").click()
    halfway.by_id("asked-images").select_option("annotated")
    halfway.by_id("ask-all-halfway").click()
    halfway.wait("window.fewclicks.moves.length === 1")
    halfway.by_id("accept-all-moves").click()
    halfway.wait("window.fewclicks.moves.length === 0")
    assert points(halfway) == [(228, 228)]
    halfway.page.get_by_label("Undo: accept moves").click()
    halfway.wait("window.fewclicks.moves.length === 1")
    assert points(halfway) == [(200, 200)]
    halfway.page.get_by_label("Undo: halfway points").click()
    halfway.wait("window.fewclicks.moves.length === 0")
    halfway.by_id("counts-close").click()
    halfway.open(3)
    assert (points(halfway), moves(halfway)) == ([(20, 20), (60, 100)], [])


def test_a_point_starts_a_mask_and_boxes(halfway: PageDriver) -> None:
    halfway.open(1)
    halfway.press("t", "2")
    place(halfway, (216, 56))
    halfway.press("o")
    halfway.settle()
    assert halfway.selected is not None
    assert (halfway.selected["shape"]["type"], halfway.selected["class_id"]) == ("mask", PERSON)
    assert [each["shape"]["type"] for each in halfway.annotations] == ["point", "mask"]
    halfway.press("Enter")
    halfway.settle()
    assert [each["state"] for each in halfway.stored()] == ["accepted", "accepted"]
    assert halfway.text("points-of-2").split() == ["person", "1"]

    halfway.click(216, 56)
    halfway.press("l")
    halfway.settle()
    assert halfway.by_id("tool-detect").get_attribute("aria-pressed") == "true"
    assert halfway.page.evaluate("window.fewclicks.classClicks") == [
        {"x": 216, "y": 56, "class_id": PERSON, "xyxy": None}
    ]

"""Counting with points: placed, moved, deleted, undone, by mouse and by keyboard."""

from page_driver import XY, PageDriver
from test_keyboard import put_cursor

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

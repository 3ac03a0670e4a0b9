"""A person without a mouse."""

from page_driver import PageDriver
from playwright.sync_api import expect


def put_cursor(driver: PageDriver, x: int, y: int) -> None:
    """Move the keyboard cursor to an image pixel, in steps of one."""
    driver.press("Shift+ArrowRight")  # it appears
    driver.press("Shift+ArrowRight")
    for _ in range(400):
        at = driver.page.evaluate("window.fewclicks.cursor")
        dx, dy = x - at[0], y - at[1]
        if dx == dy == 0:
            return
        fine = "Control+" if max(abs(dx), abs(dy)) < 12 else ""
        if abs(dx) >= abs(dy):
            driver.press(f"{fine}Shift+Arrow{'Right' if dx > 0 else 'Left'}")
        else:
            driver.press(f"{fine}Shift+Arrow{'Down' if dy > 0 else 'Up'}")
    raise AssertionError(f"the cursor is at {at}, not at {x}, {y}")


def test_box_clicks_accept_and_the_next_image(driver: PageDriver) -> None:
    driver.press("2")
    put_cursor(driver, 85, 28)
    driver.press("/")
    put_cursor(driver, 130, 85)
    driver.press("/")
    driver.settle()
    assert driver.selected is not None
    assert driver.selected["prompts"] == [{"type": "box", "xyxy": [85, 28, 130, 85]}]
    put_cursor(driver, 107, 57)
    driver.press(".")
    driver.settle()
    put_cursor(driver, 107, 80)
    driver.press(",")
    driver.settle()
    assert [prompt.get("adds") for prompt in driver.annotations[0]["prompts"]] == [None, True, False]
    driver.press("n")
    driver.settle()
    assert driver.stored()[0]["state"] == "accepted"
    assert driver.stored()[0]["class_id"] == 2
    driver.press("Control+Enter")
    driver.wait("location.hash === '#image=2'")
    driver.settle()
    assert driver.text("progress") == "1 of 3 done"
    driver.press("a")
    driver.wait("location.hash === '#image=1'")


def test_polygon_and_painting(driver: PageDriver) -> None:
    driver.press("p")
    for x, y in [(40, 40), (90, 40), (90, 90)]:
        put_cursor(driver, x, y)
        driver.press(".")
    driver.press("Enter")
    driver.settle()
    assert driver.annotations[0]["shape"]["rings"] == [[40, 40, 90, 40, 90, 90]]
    driver.press("Enter", "b")
    put_cursor(driver, 200, 200)
    driver.press("/")
    put_cursor(driver, 240, 200)
    driver.press("/")
    driver.settle()
    x0, _, x1, _ = driver.annotations[1]["shape"]["xyxy"]
    assert x1 - x0 >= 40
    driver.press("Control+z", "Control+z")
    driver.settle()
    driver.wait("window.fewclicks.annotations.length === 0")


def test_objects_are_selected_accepted_and_deleted(driver: PageDriver) -> None:
    for x in (40, 120):
        driver.press("r")
        put_cursor(driver, x, 40)
        driver.press("/")
        put_cursor(driver, x + 50, 90)
        driver.press("/")
    driver.settle()
    driver.press("Escape", "j")
    assert driver.selected == driver.annotations[0]
    driver.press("j")
    assert driver.selected == driver.annotations[1]
    driver.press("Delete")
    driver.settle()
    assert len(driver.stored()) == 1


def test_everything_can_be_reached_and_is_named(driver: PageDriver) -> None:
    names = set()
    for _ in range(60):
        driver.press("Tab")
        names.add(
            driver.page.evaluate(
                "(e => e.ariaLabel || e.innerText || e.title || `unnamed ${e.outerHTML}`)(document.activeElement)"
            )
        )
    assert not [name for name in names if name.startswith("unnamed <") and "body" not in name]
    assert any("Segment" in name for name in names)
    assert any("Shift left arrow" in name for name in names)


def test_keys_are_listed_closed_and_changed(driver: PageDriver) -> None:
    driver.press("F1")
    last = driver.page.get_by_text("one finger draws, two fingers move and zoom")
    last.scroll_into_view_if_needed()
    panel, line = driver.by_id("help-panel").bounding_box(), last.bounding_box()
    assert panel is not None
    assert line is not None
    assert panel["x"] < line["x"] < line["x"] + line["width"] < panel["x"] + panel["width"]
    driver.press("Escape")
    expect(driver.by_id("help-panel")).to_have_count(0)
    driver.press("F1")
    driver.page.get_by_title("Change the key for: Polygon").click()
    driver.press("g", "Escape", "g")
    assert driver.by_id("tool-polygon").get_attribute("aria-pressed") == "true"
    driver.press("s")
    driver.page.reload()
    driver.settle()
    driver.press("g")
    assert driver.by_id("tool-polygon").get_attribute("aria-pressed") == "true"

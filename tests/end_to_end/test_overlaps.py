"""Objects beside others: the setting of a class, and strokes of the brush."""

from page_driver import PageDriver

COIN = ((85.0, 28.0), (130.0, 85.0))
HALF = [(80.0, 20.0), (107.0, 20.0), (107.0, 90.0), (80.0, 90.0)]


def draw_half_a_coin(driver: PageDriver) -> None:
    driver.press("p")
    for corner in HALF:
        driver.click(*corner)
    driver.press("Enter")
    driver.settle()
    driver.press("Enter", "s")


def left_of(driver: PageDriver) -> float:
    return float(driver.annotations[-1]["shape"]["xyxy"][0])


def test_a_class_is_allowed_to_overlap_others(driver: PageDriver) -> None:
    draw_half_a_coin(driver)
    driver.drag(COIN)
    driver.settle()
    assert left_of(driver) >= 107
    driver.press("Control+z")
    driver.settle()
    edit = driver.page.get_by_role("button", name="Edit coin")
    edit.click()
    assert not driver.by_id("class-overlaps").is_checked()
    driver.page.get_by_label("May overlap other objects").check()
    driver.by_id("class-save").click()
    driver.settle()
    driver.drag(COIN)
    driver.settle()
    assert left_of(driver) < 95
    driver.open(1)
    edit.click()
    assert driver.by_id("class-overlaps").is_checked()


def test_a_box_around_an_accepted_object_says_what_to_do(driver: PageDriver) -> None:
    driver.drag(COIN)
    driver.settle()
    driver.press("Enter")
    driver.settle()
    driver.drag(((95.0, 45.0), (115.0, 65.0)))
    driver.wait("document.querySelector('[data-testid=hint]').innerText.includes('cover the whole mask')")
    driver.settle()
    assert len(driver.annotations) == len(driver.stored()) == 1


def test_a_stroke_elsewhere_makes_a_new_object(driver: PageDriver) -> None:
    driver.press("b")
    driver.drag([(40, 40), (80, 40)])
    driver.settle()
    driver.press("2")
    driver.drag([(40, 150), (80, 150)])
    driver.settle()
    assert [each["class_id"] for each in driver.stored()] == [1, 2]
    driver.drag([(80, 150), (120, 150)])
    driver.settle()
    assert [each["shape"]["xyxy"][2] for each in driver.stored()] == [92, 132]


def test_a_stroke_elsewhere_leaves_a_selected_polygon_as_it_is(driver: PageDriver) -> None:
    driver.press("p")
    for corner in HALF:
        driver.click(*corner)
    driver.press("Enter")
    driver.settle()
    (drawn,) = driver.stored()
    assert driver.selected == drawn
    driver.press("2", "b")
    driver.drag([(40, 150), (80, 150)])
    driver.settle()
    polygon, stroke = driver.stored()
    assert polygon == drawn
    assert (stroke["class_id"], stroke["shape"]["type"]) == (2, "mask")

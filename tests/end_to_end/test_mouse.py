"""A person with a mouse: every tool once, then the export."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from page_driver import PageDriver
from running_server import fewclicks

from fewclicks.geometry.rle import decode_rle

COIN = ((85.0, 28.0), (130.0, 85.0))
MIDDLE = (107.0, 57.0)
FACE = (240.0, 110.0)  # of the astronaut
# Pressed in the page, whose clock stands still between them: on a busy machine, presses would come too far apart to be
# one held key. The key stays down after the page offers to open the other image.
HOLD_UNDO = """
new Promise((done) => {
  const key = { key: "z", code: "KeyZ", ctrlKey: true, bubbles: true };
  const start = performance.now();
  let [times, left] = [0, 10];
  performance.now = () => start + 50 * times;
  const timer = setInterval(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, repeat: times++ > 0 }));
    if (document.querySelector("[data-testid=hint]").innerText.includes("Undo again")) left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    delete performance.now;
    done();
  }, 50);
})
"""


def mask_of(shape: dict[str, Any]) -> np.ndarray:
    return decode_rle(shape["counts"], tuple(shape["size"])).full()


def test_box_click_undo_redo_accept(driver: PageDriver) -> None:
    driver.drag(COIN)
    driver.settle()
    first = driver.selected
    assert first is not None
    assert first["state"] == "proposed"
    assert mask_of(first["shape"]).any()

    driver.click(MIDDLE[0], 80, button="right")
    driver.settle()
    second = driver.selected
    assert second is not None
    assert [prompt["type"] for prompt in second["prompts"]] == ["box", "click"]
    assert second["prompts"][1]["adds"] is False

    driver.press("Control+z")
    driver.wait("window.fewclicks.annotations[0].prompts.length === 1")
    driver.settle()
    assert driver.selected == first
    assert driver.text("hint") == "Undone: click"

    driver.press("Control+Shift+z")
    driver.wait("window.fewclicks.annotations[0].prompts.length === 2")
    driver.settle()
    assert driver.selected == second

    driver.press("Enter")
    driver.settle()
    assert [each["state"] for each in driver.annotations] == ["accepted"]
    assert driver.selected is None
    assert driver.annotations == driver.stored()
    assert driver.text("saved").startswith("Saved")


def test_tab_shows_another_mask_of_the_same_click_and_undo_brings_the_first_one_back(driver: PageDriver) -> None:
    driver.open(2)
    driver.click(*FACE)
    driver.settle()
    first = driver.selected
    assert first is not None
    assert "Tab shows another mask" in driver.text("hint")

    driver.press("Tab")
    driver.settle()
    second = driver.selected
    assert second is not None
    assert [prompt["type"] for prompt in second["prompts"]] == ["click", "another_mask"]
    areas = [mask_of(each["shape"]).sum() for each in (first, second)]
    assert max(areas) > 1.1 * min(areas)

    driver.press("Control+z")
    driver.wait("window.fewclicks.annotations[0].prompts.length === 1")
    driver.settle()
    assert driver.selected == first
    assert driver.text("hint") == "Undone: another mask"

    driver.press("Enter")
    driver.wait("document.activeElement.dataset.testid === 'canvas'")
    driver.press("Tab")
    driver.wait("document.activeElement.dataset.testid !== 'canvas'")  # without such a mask, Tab moves the focus
    driver.settle()
    assert driver.annotations == driver.stored(2)


def test_every_tool_and_the_export(driver: PageDriver, tmp_path: Path, project: Path) -> None:
    driver.drag(COIN)
    driver.settle()
    driver.press("Enter", "q")
    for x, y in [(50, 95), (20, 120), (50, 147), (78, 120)]:
        driver.click(x, y)
    driver.settle()
    driver.press("Enter", "r")
    driver.drag([(300, 240), (360, 290)])
    driver.settle()
    driver.press("p")
    for x, y in [(150, 100), (190, 100), (190, 140), (150, 140), (150, 100)]:
        driver.click(x, y)
    driver.settle()
    driver.press("Enter", "b", "2")
    driver.drag([(240, 180), (300, 180), (300, 240), (240, 240), (240, 180)])
    driver.settle()
    before = mask_of(driver.annotations[-1]["shape"])
    driver.press("f")
    driver.click(270, 210)
    driver.settle()
    filled = mask_of(driver.annotations[-1]["shape"])
    assert not before[210, 270]
    assert filled[210, 270]
    driver.press("e")
    driver.drag([(260, 210), (280, 210)])
    driver.settle()
    assert not mask_of(driver.annotations[-1]["shape"])[210, 270]

    shapes = [each["shape"]["type"] for each in driver.annotations]
    assert shapes == ["mask", "mask", "box", "polygons", "mask"]
    assert driver.annotations == driver.stored()
    check_export(driver, tmp_path, project)


def check_export(driver: PageDriver, tmp_path: Path, project: Path) -> None:
    driver.by_id("export").click()
    with driver.page.expect_download() as download:
        driver.by_id("export-coco").click()
    file = tmp_path / "export.json"
    download.value.save_as(file)
    coco = json.loads(file.read_text())
    assert len(coco["annotations"]) == len(driver.annotations)
    fewclicks("new", tmp_path / "again", "--images", tmp_path / "images", "--classes", "coin,person,thing")
    fewclicks("import", tmp_path / "again", file, "--format", "coco")
    fewclicks("export", tmp_path / "again", "--format", "coco", "--to", tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text())

    def without_ids(annotations: list[dict[str, Any]]) -> list[Any]:
        return [[each["category_id"], each["bbox"], each["segmentation"], each["area"]] for each in annotations]

    assert without_ids(again["annotations"]) == without_ids(coco["annotations"])


def test_any_stored_mask_is_reopened_by_a_click(driver: PageDriver) -> None:
    driver.press("b")
    driver.drag([(100, 50), (115, 65)])
    driver.settle()
    painted = driver.annotations[0]
    driver.press("Enter", "s")
    driver.click(107, 57)
    assert driver.selected is not None
    driver.click(107, 75)
    driver.settle()
    reopened = driver.annotations[0]
    assert reopened["state"] == "accepted"
    assert reopened["base"] == painted["shape"]
    assert reopened["shape"] != painted["shape"]
    driver.press("Control+z")
    driver.settle()
    assert driver.annotations == driver.stored() == [painted]


def test_box_is_moved_resized_relabelled_deleted_and_brought_back(driver: PageDriver) -> None:
    driver.press("r")
    driver.drag([(100, 100), (150, 150)])
    driver.settle()
    driver.press("2", "1", "2")  # about the next box
    driver.settle()
    assert driver.annotations[0]["class_id"] == 1
    driver.press("1", "v")
    driver.drag([(125, 125), (135, 130)])
    driver.settle()
    driver.drag([(160, 155), (180, 170)])
    driver.press("2")
    driver.settle()
    moved = driver.annotations[0]
    assert np.allclose(moved["shape"]["xyxy"], [110, 105, 180, 170], atol=1)
    assert moved["class_id"] == 2
    driver.press("Delete")
    driver.settle()
    assert driver.stored() == []
    driver.press("Control+z")
    driver.settle()
    driver.wait("window.fewclicks.annotations.length === 1")
    assert driver.annotations == [moved]


def test_shift_collects_clicks_for_one_answer(driver: PageDriver) -> None:
    asked: list[str] = []
    driver.page.on("request", lambda request: asked.append(request.url) if "respond" in request.url else None)
    driver.page.keyboard.down("Shift")
    driver.click(*MIDDLE)
    driver.click(MIDDLE[0], 50)
    assert asked == []
    driver.page.keyboard.up("Shift")
    driver.settle()
    assert len(asked) == 1
    assert [prompt["round"] for prompt in driver.annotations[0]["prompts"]] == [1, 1]


def test_undo_ends_with_the_image_and_goes_to_another_one_by_a_second_step(driver: PageDriver) -> None:
    driver.press("r")
    driver.drag([(100, 100), (150, 150)])
    driver.press("d")
    driver.wait("location.hash === '#image=2'")
    driver.settle()
    driver.page.evaluate(HOLD_UNDO)
    driver.by_id("hint").get_by_text("Nothing more to undo on this image. Undo again to open 1-coins.png").wait_for()
    assert driver.page.evaluate("location.hash") == "#image=2"
    driver.page.wait_for_timeout(500)
    driver.press("Control+z")
    driver.wait("location.hash === '#image=1'")
    driver.settle()
    assert len(driver.stored()) == 1
    driver.press("Control+z")
    driver.settle()
    assert driver.stored() == []


def test_a_change_of_the_classes_is_undone_on_its_image_only(driver: PageDriver) -> None:
    def classes() -> list[str]:
        return [row["name"] for row in driver.page.request.get(f"{driver.url}api/project").json()["classes"]]

    driver.open(2)
    driver.page.get_by_role("button", name="Edit person").click()
    driver.page.get_by_role("button", name="Remove").click()
    driver.settle()
    driver.open(1)
    driver.press("Control+z")
    driver.by_id("hint").get_by_text("Nothing more to undo on this image").wait_for()
    assert classes() == ["coin", "thing"]
    driver.open(2)
    driver.press("Control+z")
    driver.settle()
    assert classes() == ["coin", "person", "thing"]


def test_undo_goes_on_after_a_reload(driver: PageDriver) -> None:
    driver.press("r")
    driver.drag([(100, 100), (150, 150)])
    driver.settle()
    driver.page.reload()
    driver.settle()
    driver.press("Control+z")
    driver.settle()
    assert driver.stored() == []


def test_escape_takes_back_clicks_and_with_the_first_one_the_object(driver: PageDriver) -> None:
    driver.press("s")
    driver.click(100, 60)
    driver.settle()
    driver.click(104, 64)
    driver.settle()
    assert [len(each["prompts"]) for each in driver.stored()] == [2]
    driver.press("Escape")
    driver.settle()
    assert [len(each["prompts"]) for each in driver.stored()] == [1]
    driver.press("Escape")
    driver.settle()
    assert driver.stored() == []


def test_wheel_zooms_at_the_cursor_and_space_pans(driver: PageDriver) -> None:
    before = driver.place((200, 150))
    scale = driver.page.evaluate("window.fewclicks.view.scale")
    driver.page.mouse.move(*before)
    driver.page.mouse.wheel(0, -400)
    driver.wait(f"window.fewclicks.view.scale > {scale * 1.5}")
    driver.stand_still()
    assert np.allclose(driver.place((200, 150)), before, atol=1.5)
    driver.page.keyboard.down("Space")
    driver.page.mouse.down()
    driver.page.mouse.move(before[0] + 60, before[1] + 30, steps=3)
    driver.page.mouse.up()
    driver.page.keyboard.up("Space")
    driver.stand_still()
    assert np.allclose(driver.place((200, 150)), (before[0] + 60, before[1] + 30), atol=2)
    assert driver.annotations == []


def test_a_digit_is_for_the_next_object_unless_one_was_selected_on_purpose(driver: PageDriver) -> None:
    driver.press("s")
    for box, digit in ((((20.0, 30.0), (75.0, 85.0)), "2"), (((85.0, 28.0), (130.0, 85.0)), "3")):
        driver.drag(box)
        driver.settle()
        driver.press(digit)
        assert "next object" in driver.text("hint")
    driver.settle()
    assert [each["class_id"] for each in driver.stored()] == [1, 2]
    driver.press("v")
    driver.click(47, 57)
    driver.press("3")
    driver.settle()
    assert [each["class_id"] for each in driver.stored()] == [3, 2]

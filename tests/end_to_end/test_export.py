"""The images and formats that the page's export offers."""

import json
import zipfile
from pathlib import Path

from page_driver import PageDriver
from running_server import fewclicks

from fewclicks.formats.coco_panoptic import CocoPanoptic
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Dataset


def paint(driver: PageDriver, *strokes: tuple[tuple[float, float], tuple[float, float]]) -> None:
    driver.press("b")
    for stroke in strokes:
        driver.press("Escape")
        driver.drag(list(stroke))
        driver.settle()


def masks_of(dataset: Dataset) -> list[Mask]:
    return [each.shape for each in dataset.annotations if isinstance(each.shape, Mask)]


def test_a_panoptic_export_is_unpacked_imported_and_exported_equal(
    driver: PageDriver, tmp_path: Path, project: Path
) -> None:
    paint(driver, ((40, 40), (120, 40)), ((40, 150), (200, 150)))
    assert [each["shape"]["type"] for each in driver.annotations] == ["mask", "mask"]
    driver.by_id("export").click()
    with driver.page.expect_download() as download:
        driver.by_id("export-coco-panoptic").click()
    assert download.value.suggested_filename == "project-coco-panoptic.zip"
    download.value.save_as(tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        archive.extractall(tmp_path)
    file, second = tmp_path / "coco-panoptic.json", tmp_path / "second.json"
    fewclicks("new", tmp_path / "again", "--images", tmp_path / "images", "--classes", "coin,person,thing")
    fewclicks("import", tmp_path / "again", file, "--format", "coco-panoptic")
    fewclicks("export", tmp_path / "again", "--format", "coco-panoptic", "--to", second)
    masks = masks_of(CocoPanoptic().read(file))
    assert len(masks) == 2
    assert masks_of(CocoPanoptic().read(second)) == masks


def test_what_the_format_cannot_hold_is_said_before_and_after(driver: PageDriver) -> None:
    driver.press("r")
    driver.drag([(40, 40), (90, 90)])
    driver.settle()
    driver.by_id("export").click()
    said = "1 box left out: COCO panoptic has no boxes"
    driver.by_id("lacking-coco-panoptic").get_by_text(said).wait_for()
    assert driver.by_id("lacking-coco").count() == 0
    with driver.page.expect_download():
        driver.by_id("export-coco-panoptic").click()
    written = "Exported project-coco-panoptic.zip: 0 of 1 annotation of 1 image"
    driver.by_id("hint").get_by_text(f"{written}. {said}").wait_for()


def test_a_long_list_of_what_is_left_out_is_seen_whole_until_the_next_action(driver: PageDriver) -> None:
    left_out = "; ".join(f"{count} of the boxes written as oriented boxes" for count in range(2, 12))
    driver.page.route("**/api/export?*", lambda route: route.fulfill(body="{}", headers={"X-Left-Out": left_out}))
    driver.by_id("export").click()
    with driver.page.expect_download():
        driver.by_id("export-dota").click()
    driver.by_id("hint").get_by_text(left_out).wait_for()
    note = driver.by_id("hint").bounding_box()
    size = driver.page.viewport_size
    assert note is not None
    assert size is not None
    assert note["height"] > 28
    assert note["x"] + note["width"] <= size["width"]
    assert note["y"] + note["height"] <= size["height"] + 1
    driver.press("p")
    assert driver.text("hint") == "Click along the object's outline"


def test_the_dialog_says_before_it_writes_which_images_stay_out_and_why(driver: PageDriver, tmp_path: Path) -> None:
    def exported(choice: str) -> list[str]:
        driver.by_id("export").click()
        driver.by_id(f"images-{choice}").check()
        driver.by_id("export-plan").get_by_text("The export will contain").wait_for()
        with driver.page.expect_download() as download:
            driver.by_id("export-coco").click()
        download.value.save_as(tmp_path / "export.json")
        return [image["file_name"] for image in json.loads((tmp_path / "export.json").read_text())["images"]]

    driver.press("r")
    driver.drag([(40, 40), (90, 90)])
    driver.by_id("status-2").click()
    driver.settle()
    driver.by_id("export").click()
    assert driver.by_id("images-labelled").is_checked()
    driver.by_id("left-out").wait_for()
    assert driver.text("export-plan").splitlines()[0] == "The export will contain 2 of 3 images, with 1 annotation."
    assert driver.text("left-out") == "1 image (not done, no accepted annotation)"
    driver.by_id("images-done").check()
    assert driver.text("left-out") == "2 images (not done, 1 accepted annotation)"
    driver.by_id("images-all").check()
    assert driver.by_id("left-out").count() == 0
    driver.press("Escape")
    assert exported("labelled") == ["1-coins.png", "2-astronaut.jpg"]
    assert exported("done") == ["2-astronaut.jpg"]
    assert exported("all") == ["1-coins.png", "2-astronaut.jpg", "3-plain.png"]


def test_the_export_dialog_works_by_keyboard_and_closes(driver: PageDriver) -> None:
    def is_open() -> bool:
        return bool(driver.page.evaluate("document.querySelector('[popover]').matches(':popover-open')"))

    driver.by_id("export").focus()
    driver.press("Enter")
    assert is_open()
    driver.press("Escape")
    assert not is_open()
    driver.by_id("export").focus()
    driver.press("Enter", "Tab")
    assert driver.by_id("images-labelled").evaluate("element => element === document.activeElement")
    driver.press("ArrowDown")
    assert driver.by_id("images-done").is_checked()
    driver.press("ArrowUp", "Tab")
    with driver.page.expect_download() as download:
        driver.press("Enter")
    assert download.value.suggested_filename == "project-coco.json"
    assert not is_open()

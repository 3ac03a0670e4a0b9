"""A whole photo as regions: points, scribbles, undo, redo, acceptance, export, and on from what was exported."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import photos
import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser
from running_server import RunningServer, fewclicks, serving

from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import decode_rle

ASTRONAUT = 2
CLASSES = ("coin", "person", "thing")


@pytest.fixture
def open_regions(browser: Browser) -> Iterator[Callable[[str, int], PageDriver]]:
    opened: list[PageDriver] = []

    def opener(url: str, image: int) -> PageDriver:
        driver = open_page(browser, url)
        opened.append(driver)
        driver.open(image)
        driver.press("x")
        return driver

    yield opener
    troubles = [trouble for driver in opened for trouble in driver.troubles]
    for driver in opened:
        driver.page.context.close()
    assert troubles == []


def masks(annotations: list[dict[str, Any]]) -> dict[str, Any]:
    found = {}
    for each in annotations:
        height, width = each["shape"]["size"]
        found[each["id"]] = decode_rle(each["shape"]["counts"], (height, width))
    return found


def labels(driver: PageDriver) -> set[tuple[str, Mask]]:
    """The regions that have pixels, each with the name of its class."""
    names = {row["id"]: row["name"] for row in driver.page.request.get(f"{driver.url}api/project").json()["classes"]}
    found = masks(driver.annotations)
    return {(names[each["class_id"]], found[each["id"]]) for each in driver.annotations if found[each["id"]].area > 0}


def give_class(driver: PageDriver, region: dict[str, Any], key: str) -> None:
    driver.click(*middle(region), button="right")
    driver.press(key)
    driver.settle()


def middle(annotation: dict[str, Any]) -> tuple[float, float]:
    """A pixel of the mask, far from its border along its own row."""
    mask = next(iter(masks([annotation]).values()))
    rows, columns = mask.crop.nonzero()
    row = rows[len(rows) // 2]
    inside = columns[rows == row]
    return mask.offset_xy[0] + float(inside[len(inside) // 2]) + 0.5, mask.offset_xy[1] + float(row) + 0.5


def regions_of_a_photo(driver: PageDriver) -> list[dict[str, Any]]:
    driver.press("2")
    for points in photos.ASTRONAUT.values():
        for point in points:
            driver.click(*point)
        driver.settle()
    return driver.annotations


def extend(driver: PageDriver, region: dict[str, Any], into: dict[str, Any]) -> None:
    driver.press("v", "Escape", "x")  # the points of a selected region could be under the pointer
    driver.drag([middle(region), middle(into)])
    driver.settle()


def test_a_photo_is_labelled_corrected_exported_and_imported_again(
    server: RunningServer,
    open_regions: Callable[[str, int], PageDriver],
    project: Path,
    tmp_path: Path,
) -> None:
    driver = open_regions(server.url, ASTRONAUT)
    regions = regions_of_a_photo(driver)
    assert len(regions) == 10
    assert {each["state"] for each in regions} == {"proposed"}
    assert "10 suggested" in driver.text("labelled")

    states = [driver.annotations]
    for region, into in [(4, 8), (0, 4), (2, 1)]:
        now = driver.annotations
        extend(driver, now[region], now[into])
        states.append(driver.annotations)
        before, after = masks(now), masks(states[-1])
        grown, shrunk = now[region]["id"], now[into]["id"]
        x, y = (int(value) for value in middle(now[into]))
        assert before[shrunk].full()[y, x]
        assert after[grown].full()[y, x], "the pixels under the stroke belong to the region that it began in"
        assert not after[shrunk].full()[y, x]
        assert sum(mask.full().astype(int) for mask in after.values()).max() == 1, "no pixel has two owners"

    for expected in reversed(states[:-1]):
        driver.press("Control+z")
        driver.settle()
        assert driver.annotations == expected
    for expected in states[1:]:
        driver.press("Control+Shift+z")
        driver.settle()
        assert driver.annotations == expected

    driver.press("Shift+Enter")
    driver.settle()
    for region, key in [(1, "1"), (6, "3")]:
        give_class(driver, driver.annotations[region], key)
    assert {each["state"] for each in driver.stored(ASTRONAUT)} == {"accepted"}
    assert "suggested" not in driver.text("labelled")

    labelled = labels(driver)
    assert {name for name, _ in labelled} == set(CLASSES)
    exported = export(driver, tmp_path)
    server.kill()
    again = tmp_path / "again"
    fewclicks("new", again, "--images", tmp_path / "images", "--classes", ",".join(reversed(CLASSES)))
    fewclicks("import", again, exported, "--format", "coco-panoptic")
    with serving(again, server.command) as second:
        imported = open_regions(second.url, ASTRONAUT)
        assert labels(imported) == labelled
        go_on_with_an_import(imported)


def test_regions_that_a_stroke_changed_too_are_outlined_until_the_next_action(
    server: RunningServer, open_regions: Callable[[str, int], PageDriver]
) -> None:
    driver = open_regions(server.url, ASTRONAUT)
    regions_of_a_photo(driver)
    driver.press("Shift+Enter")
    driver.settle()
    before = driver.annotations
    driver.press("Escape")
    driver.drag([middle(before[2]), middle(before[3])])
    driver.wait("window.fewclicks.outlinedIds.length > 0")
    outlined = set(driver.page.evaluate("window.fewclicks.outlinedIds"))
    driver.press("Shift")
    driver.wait("window.fewclicks.outlinedIds.length === 0")
    driver.settle()
    old, new = masks(before), masks(driver.annotations)
    assert outlined == {name for name, mask in new.items() if mask != old[name]} - {before[2]["id"]}
    assert {each["state"] for each in driver.stored(ASTRONAUT)} == {"accepted"}


def begin_regions(driver: PageDriver, digits: str) -> None:
    """A region and then a digit, for each of `digits`."""
    for points, digit in zip(photos.ASTRONAUT.values(), digits, strict=False):
        for point in points:
            driver.click(*point)
        driver.settle()
        driver.press(digit)


def test_a_digit_is_for_the_next_region(server: RunningServer, open_regions: Callable[[str, int], PageDriver]) -> None:
    driver = open_regions(server.url, ASTRONAUT)
    begin_regions(driver, "232")
    driver.settle()
    assert [each["class_id"] for each in driver.stored(ASTRONAUT)] == [1, 2, 3]


def test_escape_takes_back_the_last_stroke_and_with_the_points_the_region(
    server: RunningServer, open_regions: Callable[[str, int], PageDriver]
) -> None:
    driver = open_regions(server.url, ASTRONAUT)
    begin_regions(driver, "12")
    driver.settle()
    begun = driver.annotations
    driver.drag([middle(begun[1]), middle(begun[0])])
    driver.settle()
    assert len(driver.stored(ASTRONAUT)[1]["prompts"]) == 2
    driver.press("Escape")
    driver.settle()
    assert driver.stored(ASTRONAUT) == begun
    driver.press("Escape")
    driver.settle()
    assert [each["id"] for each in driver.stored(ASTRONAUT)] == [begun[0]["id"]]


def export(driver: PageDriver, folder: Path) -> Path:
    driver.by_id("export").click()
    with driver.page.expect_download() as download:
        driver.by_id("export-coco-panoptic").click()
    download.value.save_as(folder / "export.zip")
    with zipfile.ZipFile(folder / "export.zip") as archive:
        archive.extractall(folder)
    return folder / "coco-panoptic.json"


def go_on_with_an_import(driver: PageDriver) -> None:
    """A stroke changes both sides of a border, and both regions stay accepted."""
    before = driver.annotations
    largest = sorted(before, key=lambda each: -next(iter(masks([each]).values())).area)
    extend(driver, largest[0], largest[1])
    after = {each["id"]: each for each in driver.annotations}
    assert [after[each["id"]]["state"] for each in largest[:2]] == ["accepted", "accepted"]
    assert after[largest[0]["id"]]["base"] == largest[0]["shape"]
    changed = {each["id"] for each in before if after[each["id"]]["shape"] != each["shape"]}
    assert {largest[0]["id"], largest[1]["id"]} <= changed
    driver.press("Control+z")
    driver.settle()
    assert driver.annotations == before


def test_points_split_and_merge_and_a_reload(
    server: RunningServer, open_regions: Callable[[str, int], PageDriver]
) -> None:
    driver = open_regions(server.url, ASTRONAUT)
    driver.press("2")
    for point in [(100, 50), (50, 100), (100, 150)]:
        driver.click(*point)
    assert "One more" in driver.text("hint")
    driver.page.reload()
    driver.settle()
    driver.drag([(50, 100), (40, 100)])
    driver.click(150, 100)
    driver.settle()
    assert driver.annotations[0]["shape"]["xyxy"][0] >= 40
    begun = driver.annotations
    driver.drag([(150, 100), (200, 100)])
    driver.settle()
    (moved,) = driver.annotations
    assert moved["prompts"][0]["points"][3] == pytest.approx([200, 100], abs=1)
    check_undo_and_redo(driver, begun)

    x0, y0, x1, y1 = moved["shape"]["xyxy"]
    driver.page.keyboard.down("Shift")
    driver.drag([((x0 + x1) / 2, y0 - 5), ((x0 + x1) / 2, y1 + 5)])
    driver.page.keyboard.up("Shift")
    driver.settle()
    parts = masks(driver.annotations)
    assert len(parts) == 2
    check_undo_and_redo(driver, [moved])
    whole = masks([moved])[moved["id"]]
    assert sum(part.area for part in parts.values()) == whole.area
    one, two = driver.annotations
    driver.click(*middle(one), button="right")
    driver.page.keyboard.down("Shift")
    driver.click(*middle(two))
    driver.page.keyboard.up("Shift")
    driver.press("m")
    driver.settle()
    assert list(masks(driver.annotations).values()) == [whole]
    check_undo_and_redo(driver, [one, two])


def check_undo_and_redo(driver: PageDriver, before: list[dict[str, Any]]) -> None:
    """Undo leads back to `before`, redo to what is now, in the page as on the server."""
    after = driver.annotations
    for keys, expected in [("Control+z", before), ("Control+Shift+z", after)]:
        driver.press(keys)
        driver.settle()
        assert driver.annotations == expected
        assert driver.stored(ASTRONAUT) == expected

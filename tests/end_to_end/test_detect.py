"""Many small parts: a few clicks, boxes around all, corrections, acceptance, export, and the same after an import."""

import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, expect
from running_server import RunningServer, fewclicks, serving
from trays import XY, draw_tray

from fewclicks.application.answers.suggested_boxes import box_of
from fewclicks.labels import Shape
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project, create_project

BLOBS = str(Path(__file__).parents[1] / "server" / "serve_blobs.py")
WASHER, SCREW, CAP = 1, 2, 3
CLASSES = "washer,screw,cap"
COUNT = 60
Parts = dict[str, list[XY]]


@pytest.fixture
def parts(tmp_path: Path) -> list[Parts]:
    """Where the parts of the two images lie."""
    (tmp_path / "images").mkdir()
    return [draw_tray(tmp_path / "images" / f"tray{seed}.png", seed, COUNT, (800, 600)) for seed in (1, 2)]


@pytest.fixture
def project(tmp_path: Path, parts: list[Parts]) -> Path:
    create_project(tmp_path / "project", tmp_path / "images", CLASSES.split(","))
    return tmp_path / "project"


@pytest.fixture
def server(browser: Browser, project: Path) -> Iterator[RunningServer]:
    with serving(project, (BLOBS, "--oriented")) as running:
        yield running


@pytest.fixture
def open_detect(browser: Browser) -> Iterator[Callable[[str], PageDriver]]:
    opened: list[PageDriver] = []

    def opener(url: str) -> PageDriver:
        driver = open_page(browser, url)
        opened.append(driver)
        driver.open(1)
        driver.press("c")
        return driver

    yield opener
    troubles = [trouble for driver in opened for trouble in driver.troubles]
    for driver in opened:
        driver.page.context.close()
    assert troubles == []


def proposals(driver: PageDriver) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = driver.page.evaluate("window.fewclicks.proposals")
    return shown


def counts(shown: list[dict[str, Any]]) -> list[int]:
    return [sum(each["class_id"] == class_id for each in shown) for class_id in (WASHER, SCREW, CAP)]


def right(shown: list[dict[str, Any]], parts: Parts) -> int:
    """How many parts have a box of their class around their place."""
    classes = {"washer": WASHER, "screw": SCREW, "cap": CAP}
    places = [(classes[name], at) for name, own in parts.items() for at in own]
    return sum(
        any(each["class_id"] == class_id and math.dist(middle(each), at) < 6 for each in shown)
        for class_id, at in places
    )


def class_at(driver: PageDriver, at: XY) -> int:
    near = min(proposals(driver), key=lambda each: math.dist(middle(each), at))
    assert math.dist(middle(near), at) < 2
    return int(near["class_id"])


def middle(annotation: dict[str, Any]) -> XY:
    shape = annotation["shape"]
    if shape["type"] == "oriented_box":
        return shape["cx"], shape["cy"]
    x0, y0, x1, y1 = shape["xyxy"]
    return (x0 + x1) / 2, (y0 + y1) / 2


def three_clicks(driver: PageDriver, parts: Parts, which: int = 0) -> None:
    for key, name in (("1", "washer"), ("2", "screw"), ("3", "cap")):
        driver.press(key)
        driver.click(*parts[name][which])
        driver.settle()


def labels(project: Path) -> list[tuple[int, int, Shape]]:
    """What is labelled: image, class, shape."""
    with Project(project) as opened:
        return [(each.image_id, each.class_id, each.shape) for each in export_dataset(opened).annotations]


def turned(found: list[tuple[int, int, Shape]]) -> list[tuple[int, int, list[float]]]:
    """Labels as formats of oriented boxes have them, in which an upright one has the angle 0."""
    return sorted((image, class_id, box_of(shape).round(3).tolist()) for image, class_id, shape in found)


def export(driver: PageDriver, name: str, folder: Path) -> Path:
    driver.by_id("export").click()
    with driver.page.expect_download() as download:
        driver.by_id(f"export-{name}").click()
    download.value.save_as(folder / f"{name}.zip")
    with zipfile.ZipFile(folder / f"{name}.zip") as archive:
        archive.extractall(folder / name)
    return folder / name / name


def test_three_clicks_find_all_parts_and_go_out_and_in_again(
    server: RunningServer,
    open_detect: Callable[[str], PageDriver],
    parts: list[Parts],
    project: Path,
    tmp_path: Path,
) -> None:
    driver = open_detect(server.url)
    three_clicks(driver, parts[0])
    assert counts(proposals(driver)) == [20, 20, 20]
    assert {each["shape"]["type"] for each in proposals(driver)} == {"oriented_box"}
    assert driver.annotations == []

    found, other = proposals(driver), parts[0]["washer"][5]
    driver.press("3")
    driver.click(*other)  # it looks like a washer, but the person knows better
    driver.settle()
    assert class_at(driver, other) == CAP
    corrected = proposals(driver)
    driver.press("Control+z")
    driver.settle()
    assert (proposals(driver), class_at(driver, other)) == (found, WASHER)
    driver.press("Control+Shift+z")
    driver.settle()
    assert proposals(driver) == corrected

    driver.press("Shift+Enter")
    driver.settle()
    assert (len(driver.annotations), proposals(driver)) == (COUNT, [])
    driver.press("Control+z")
    driver.settle()
    assert (driver.annotations, proposals(driver)) == ([], corrected)
    driver.press("Control+Shift+z")
    driver.settle()
    assert len(driver.stored(1)) == COUNT

    exported = {name: export(driver, name, tmp_path) for name in ("dota", "yolo-obb")}
    server.kill()
    first = labels(project)
    for name, path in exported.items():
        again = tmp_path / f"again-{name}"
        fewclicks("new", again, "--images", tmp_path / "images", "--classes", CLASSES)
        fewclicks("import", again, path, "--format", name)
        assert sorted(labels(again), key=str) == sorted(first, key=str), name


def test_the_shipped_model_finds_parts_that_it_has_never_seen(
    browser: Browser,
    open_detect: Callable[[str], PageDriver],
    parts: list[Parts],
    project: Path,
    tmp_path: Path,
) -> None:
    with serving(project) as server:
        driver = open_detect(server.url)
        three_clicks(driver, parts[0])
        found = proposals(driver)
        assert {each["shape"]["type"] for each in found} == {"box"}
        assert COUNT - 4 <= len(found) <= COUNT + 8
        assert right(found, parts[0]) >= COUNT - 4

        other = parts[0]["washer"][5]
        driver.press("3")
        driver.click(*other)
        driver.settle()
        assert class_at(driver, other) == CAP
        driver.press("Control+z")
        driver.settle()
        assert proposals(driver) == found
        three_clicks(driver, parts[0], which=1)
        found = proposals(driver)
        driver.press("Shift+Enter")
        driver.settle()
        assert len(driver.stored(1)) == len(found)
        exported = {name: export(driver, name, tmp_path) for name in ("dota", "yolo-obb")}

        driver.press("d", "g")  # two clicks of a class in one image find it in the next
        driver.settle()
        driver.wait("window.fewclicks.proposals.length > 0")
        assert right(proposals(driver), parts[1]) >= COUNT * 0.8
    first = turned(labels(project))
    for name, path in exported.items():
        again = tmp_path / f"again-{name}"
        fewclicks("new", again, "--images", tmp_path / "images", "--classes", CLASSES)
        fewclicks("import", again, path, "--format", name)
        assert turned(labels(again)) == first, name


def test_a_box_dragged_around_one_part_finds_the_others(
    browser: Browser, open_detect: Callable[[str], PageDriver], parts: list[Parts], project: Path
) -> None:
    with serving(project) as server:
        driver = open_detect(server.url)
        x, y = parts[0]["washer"][0]
        driver.press("1")
        driver.drag([(x - 13, y - 13), (x + 13, y + 13)])
        driver.settle()
        found = proposals(driver)
        assert found[0]["shape"]["xyxy"] == pytest.approx([x - 13, y - 13, x + 13, y + 13], abs=1)
        assert right(found, {"washer": parts[0]["washer"]}) >= COUNT // 3 - 3
        driver.press("Shift+Enter")
        driver.settle()
        assert len(driver.stored(1)) == len(found)


def test_examples_find_parts_in_the_next_image_and_each_box_is_taken_or_left(
    server: RunningServer, open_detect: Callable[[str], PageDriver], parts: list[Parts]
) -> None:
    driver = open_detect(server.url)
    driver.press("1")
    for place in parts[0]["washer"][:2]:
        driver.click(*place)
        driver.settle()
    driver.press("d")
    expect(driver.by_id("suggestions-dialog").get_by_role("heading")).to_have_text("20 suggestions are not accepted")
    driver.by_id("suggestions-leave").click()
    driver.press("g")  # in the next image, without a click in it
    driver.settle()
    driver.wait("window.fewclicks.proposals.length >= 20")
    assert counts(proposals(driver)) == [20, 0, 0]
    driver.by_id("elsewhere").uncheck()
    driver.settle()
    assert proposals(driver) == []
    driver.by_id("elsewhere").check()
    driver.settle()

    driver.press("2")
    driver.click(*parts[1]["screw"][0])
    driver.settle()
    before = proposals(driver)
    driver.page.reload()
    driver.settle()
    assert proposals(driver) == before
    assert driver.text("proposal-count") == "40"

    one, gone = parts[1]["screw"][3], parts[1]["screw"][4]
    driver.hover(*one)
    driver.press("Enter")
    driver.settle()
    driver.hover(*gone)
    driver.press("Delete")
    driver.settle()
    assert [middle(each) for each in driver.annotations] == [pytest.approx(one, abs=2)]
    assert counts(proposals(driver)) == [20, 18, 0]
    driver.by_id(f"accept-class-{WASHER}").click()
    driver.settle()
    assert (counts(driver.annotations), counts(proposals(driver))) == ([20, 1, 0], [0, 18, 0])
    driver.press("1")
    driver.click(*one)  # an accepted box takes the class of a click too
    driver.settle()
    assert counts(driver.annotations) == [21, 0, 0]
    driver.press("Control+z")  # what undo brings back is selected, and yet a digit is about the next click
    driver.settle()
    driver.press("3")
    driver.settle()
    assert counts(driver.annotations) == [20, 1, 0]
    driver.press("1")
    driver.click(*one)
    driver.settle()
    driver.press("Delete")
    driver.settle()
    assert counts(driver.annotations) == [20, 0, 0]
    driver.press("Control+z")
    driver.settle()
    assert counts(driver.annotations) == [21, 0, 0]
    driver.click(*parts[1]["screw"][0], button="right")  # the mark goes, and with it what it found
    driver.settle()
    assert proposals(driver) == []


def test_a_box_is_turned_and_resized_by_its_handles(
    server: RunningServer, open_detect: Callable[[str], PageDriver], parts: list[Parts]
) -> None:
    driver = open_detect(server.url)
    driver.press("3", "r")
    driver.drag([(300, 300), (380, 340)])
    driver.settle()
    driver.press("v")
    stem = 24 / driver.page.evaluate("window.fewclicks.view.scale")
    driver.drag([(340, 300 - stem), (400, 260), (340 + 100, 320)])
    driver.settle()
    (turned,) = driver.stored(1)
    assert turned["shape"]["type"] == "oriented_box"
    assert sorted((turned["shape"]["w"], turned["shape"]["h"])) == pytest.approx([40, 80], abs=1)
    driver.drag([middle(turned), (200, 200)])
    driver.settle()
    assert middle(driver.stored(1)[0]) == pytest.approx((200, 200), abs=1)
    driver.press("Control+z", "Control+z")
    driver.settle()
    assert driver.stored(1)[0]["shape"]["xyxy"] == pytest.approx([300, 300, 380, 340], abs=1)

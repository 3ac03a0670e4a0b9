"""Two pages that change the same thing: both versions are shown, and the person chooses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, Route, expect
from running_server import RunningServer, serving
from trays import XY, draw_tray

from fewclicks.methods.registry import get_role, shipped_files
from fewclicks.store.project import create_project
from jobs.coins import make_coins

BLOBS = str(Path(__file__).parents[1] / "server" / "serve_blobs.py")
Parts = dict[str, list[XY]]


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Where the parts of the first of two images lie."""
    (tmp_path / "images").mkdir()
    first, _ = [draw_tray(tmp_path / "images" / f"{seed}-tray.png", seed, 30, (800, 600)) for seed in (1, 2)]
    return first


@pytest.fixture
def server(browser: Browser, tmp_path: Path, parts: Parts) -> Iterator[RunningServer]:
    create_project(tmp_path / "project", tmp_path / "images", ["washer", "screw", "cap"])
    with serving(tmp_path / "project", (BLOBS,)) as running:
        yield running


def go_offline(driver: PageDriver, offline: bool = True) -> None:
    driver.page.context.set_offline(offline)


def toggle_done(driver: PageDriver) -> None:
    """Set the image on the screen to done, or back."""
    driver.by_id("status-1").click()


def rename(driver: PageDriver, old: str, new: str) -> None:
    driver.page.get_by_role("button", name=f"Edit {old}").click()
    driver.by_id("class-name").fill(new)
    driver.by_id("class-save").click()


def choose(driver: PageDriver, conflict: str, wanted: str) -> str:
    """Choose one of the two versions; the sentence that shows both is returned."""
    shown = driver.by_id(conflict)
    shown.wait_for()
    sentence = shown.inner_text()
    shown.get_by_role("button", name=wanted).click()
    driver.settle()
    expect(driver.by_id(conflict)).to_have_count(0)
    return sentence


def hold_request(driver: PageDriver, url: str, word: str) -> list[Route]:
    """Keep the first request to `url` with this word from the server; it is put into the list."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if not held and word in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    driver.page.route(url, hold)
    return held


def get(driver: PageDriver, path: str) -> Any:
    return driver.page.request.get(f"{driver.url}api/{path}").json()


@pytest.mark.parametrize(("wanted", "status"), [("Use mine", "done"), ("Keep the other", "todo")])
def test_of_two_statuses_the_person_chooses(open_driver: Callable[..., PageDriver], wanted: str, status: str) -> None:
    one, other = open_driver(), open_driver()
    go_offline(other)
    toggle_done(other)
    toggle_done(one)
    one.settle()
    toggle_done(one)
    one.settle()
    go_offline(other, False)
    sentence = choose(other, "outdated-status", wanted)
    assert "You set 1-tray.png to done; another page set it to “to do”" in sentence
    assert [row["status"] for row in get(one, "images")] == [status, "todo"]


def test_a_status_that_is_there_already_is_no_conflict(open_driver: Callable[..., PageDriver]) -> None:
    one, other = open_driver(), open_driver()
    go_offline(other)
    toggle_done(other)
    toggle_done(one)
    one.settle()
    go_offline(other, False)
    other.settle()
    toggle_done(other)
    toggle_done(other)
    other.settle()
    assert other.by_id("outdated-status").count() == 0
    assert get(one, "images")[0]["status"] == "done"


@pytest.mark.parametrize(("wanted", "name"), [("Use mine", "ring"), ("Keep the other", "disc")])
def test_of_two_names_of_one_class_the_person_chooses(
    open_driver: Callable[..., PageDriver], wanted: str, name: str
) -> None:
    one, other = open_driver(), open_driver()
    held = hold_request(other, "**/api/classes", "bolt")
    go_offline(other)
    rename(other, "washer", "ring")
    rename(other, "screw", "bolt")
    rename(one, "washer", "disc")
    rename(one, "cap", "lid")
    one.settle()
    go_offline(other, False)
    shown = other.by_id("outdated-classes")
    shown.wait_for()
    other.eventually(lambda: len(held), 1)
    sentence = shown.inner_text()
    assert "ring" in sentence
    assert "disc" in sentence, "also while the next edit of the classes is on its way"
    assert "bolt" not in sentence
    held[0].continue_()
    choose(other, "outdated-classes", wanted)
    assert [row["name"] for row in get(one, "project")["classes"]] == [name, "bolt", "lid"]
    one.page.get_by_role("button", name=f"Edit {name}").wait_for()


@pytest.mark.parametrize(("wanted", "count"), [("Add mine", 4), ("Keep the other", 1)])
def test_clicks_that_another_page_made_meanwhile_are_shown_beside_ones_own(
    open_driver: Callable[..., PageDriver], parts: Parts, wanted: str, count: int
) -> None:
    one, other = open_driver(), open_driver()
    for driver in (one, other):
        driver.press("c")
    go_offline(other)
    for at in parts["washer"][1:4]:
        other.click(*at)
    one.click(*parts["washer"][0])
    one.settle()
    go_offline(other, False)
    other.by_id("outdated-clicks").wait_for()
    assert len(get(one, "images/1")["proposals"]["clicks"]) == 1
    other.wait("window.fewclicks.classClicks.length === 1")
    assert "3 of your clicks" in choose(other, "outdated-clicks", wanted)
    assert len(get(one, "images/1")["proposals"]["clicks"]) == count
    one.wait(f"window.fewclicks.classClicks.length === {count}")


def test_a_quick_succession_of_clicks_on_one_page_is_never_refused(
    open_driver: Callable[..., PageDriver], parts: Parts
) -> None:
    driver = open_driver()
    driver.press("c")
    for at in (*parts["washer"][:4], *parts["cap"][:4]):
        driver.click(*at)
    driver.press("Control+z", "Control+z", "Control+Shift+z")
    driver.settle()
    assert driver.by_id("outdated-clicks").count() == 0
    assert len(get(driver, "images/1")["proposals"]["clicks"]) == 7


@pytest.mark.parametrize(("wanted", "chosen"), [("Use mine", "detect-1"), ("Keep the other", "detect-2")])
def test_of_two_versions_of_a_model_the_person_chooses(
    browser: Browser, tmp_path: Path, wanted: str, chosen: str
) -> None:
    folder = make_coins(tmp_path / "coins", 2, 1)
    copy_shipped(folder / "models", "detect-1", "detect-2")
    with serving(folder) as server:
        mine, theirs = open_page(browser, server.url), open_page(browser, server.url)
        for driver in (mine, theirs):
            driver.open(1)
            driver.press("c")
            driver.by_id("model").click()
        theirs.by_id("version-detect-2").check()
        expect(theirs.by_id("version-detect-2")).to_be_enabled()
        mine.by_id("version-detect-1").click()
        sentence = choose(mine, "outdated-model", wanted)
        assert "You chose detect-1; another page chose detect-2 meanwhile" in sentence
        expect(mine.by_id(f"version-{chosen}")).to_be_checked()
        expect(mine.by_id(f"version-{chosen}")).to_be_enabled()
        assert get(mine, "models/detect")["chosen"] == chosen
        for driver in (mine, theirs):
            driver.page.context.close()


def copy_shipped(models: Path, *versions: str) -> None:
    """Make versions of the shipped model in the folder `models`."""
    files = shipped_files(get_role("detect"))
    assert files is not None
    models.mkdir()
    for version in versions:
        for suffix, path in files.items():
            copyfile(path, models / f"{version}{suffix}")


def correct(driver: PageDriver, *places: XY) -> None:
    """Click on mistakes of the only object."""
    driver.press("v", "j", "s")
    for at in places:
        driver.click(*at)


def outline(driver: PageDriver, at: XY) -> None:
    """Outline the part at a place with a box."""
    x, y = at
    driver.press("s")
    driver.drag([(x - 16, y - 16), (x + 16, y + 16)])
    driver.settle()


def clicks_of(annotation: dict[str, Any]) -> int:
    return sum(prompt["type"] == "click" for prompt in annotation["prompts"])


@pytest.mark.parametrize(("wanted", "clicks"), [("Use mine", 3), ("Keep the other", 1)])
def test_of_prompts_for_an_object_that_another_page_corrected_the_person_chooses(
    open_driver: Callable[..., PageDriver], parts: Parts, wanted: str, clicks: int
) -> None:
    one, other = open_driver(), open_driver()
    x, y = parts["washer"][0]
    outline(one, (x, y))
    other.wait("window.fewclicks.annotations.length === 1")
    go_offline(other)
    correct(other, (x + 8, y), (x + 12, y))
    correct(one, (x - 8, y))
    one.settle()
    go_offline(other, False)
    other.by_id("outdated").wait_for()
    assert [clicks_of(each) for each in one.stored()] == [1]
    sentence = choose(other, "outdated", wanted)
    assert "Another page changed an object that you corrected" in sentence
    assert "Not applied: 2 clicks" in sentence
    assert [clicks_of(each) for each in one.stored()] == [clicks]
    other.eventually(lambda: other.annotations, one.stored())
    if wanted == "Use mine":
        other.press("Control+z")
        other.settle()
        assert [clicks_of(each) for each in one.stored()] == [2]


@pytest.mark.parametrize(("wanted", "clicks"), [("Use mine", [2]), ("Keep the other", [])])
def test_prompts_for_an_object_that_another_page_deleted_make_it_again(
    open_driver: Callable[..., PageDriver], parts: Parts, wanted: str, clicks: list[int]
) -> None:
    one, other = open_driver(), open_driver()
    x, y = parts["washer"][0]
    outline(one, (x, y))
    other.wait("window.fewclicks.annotations.length === 1")
    go_offline(other)
    correct(other, (x + 8, y), (x + 12, y))
    one.press("v", "j", "Delete")
    one.settle()
    go_offline(other, False)
    assert "Another page deleted an object" in choose(other, "outdated", wanted)
    assert [clicks_of(each) for each in one.stored()] == clicks
    other.eventually(lambda: other.annotations, one.stored())


def test_a_quick_succession_of_prompts_on_one_page_is_never_refused(
    open_driver: Callable[..., PageDriver], parts: Parts
) -> None:
    driver = open_driver()
    x, y = parts["washer"][0]
    outline(driver, (x, y))
    correct(driver, (x + 8, y), (x + 12, y), (x - 8, y), (x - 12, y))
    driver.press("Control+z", "Control+z", "Control+Shift+z")
    driver.settle()
    assert driver.by_id("outdated").count() == 0
    assert [clicks_of(each) for each in driver.stored()] == [3]

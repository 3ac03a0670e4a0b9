"""A large image in the page: shown by tiles, in its own pixels, clicked on like any other."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from page_driver import PageDriver, open_page
from PIL import Image
from playwright.sync_api import Browser, expect
from running_server import RunningServer, serving
from skimage import data

from fewclicks.images.files import read_image
from fewclicks.methods.registry import open_shipped
from fewclicks.prompts import Click, Prompts
from fewclicks.store.project import create_project

SIZE = 5_600  # pixels a side
COIN = (3_100 + 2 * 116, 3_100 + 2 * 36)  # the middle of a coin, where its picture is put
FINEST = 13  # level
MIDDLE = float(data.coins()[35:38, 115:118].mean())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A gray image of 31 megapixels with a photo of coins, enlarged twice, near its middle; then a small one."""
    images = tmp_path / "images"
    images.mkdir()
    coins = Image.fromarray(data.coins())
    picture = Image.new("L", (SIZE, SIZE), 40)
    picture.paste(coins.resize((coins.width * 2, coins.height * 2), Image.Resampling.BICUBIC), (3_100, 3_100))
    picture.save(images / "1-large.jpg", quality=95)
    coins.save(images / "2-small.png")
    create_project(tmp_path / "project", images, ["coin"])
    return tmp_path / "project"


@pytest.fixture
def server(browser: Browser, project: Path) -> Iterator[RunningServer]:
    with serving(project) as running:
        yield running


@pytest.fixture
def driver(browser: Browser, server: RunningServer) -> Iterator[PageDriver]:
    opened = open_page(browser, server.url)
    opened.page.set_default_timeout(60_000)  # its levels are made first
    yield opened
    opened.page.context.close()
    assert opened.troubles == []


@pytest.fixture
def asked(driver: PageDriver) -> list[str]:
    """The addresses that the page asks for."""
    urls: list[str] = []
    driver.page.on("request", lambda request: urls.append(request.url))
    return urls


def at_full_size(driver: PageDriver, x: float, y: float) -> None:
    """Zooms in at a place of the image, as the wheel does, until its pixels are about those of the screen."""
    for _ in range(40):
        if driver.page.evaluate("window.fewclicks.view.scale") > 0.7:
            return driver.stand_still()
        driver.hover(x, y)
        driver.page.mouse.wheel(0, -400)
        driver.stand_still()
    raise AssertionError("it does not zoom in")


def tiles(urls: list[str], level: int | None = None) -> list[str]:
    """The addresses of tiles, of one level or of all."""
    return [url for url in urls if ("/tiles/" if level is None else f"/tiles/{level}/") in url]


def shown_gray(driver: PageDriver, x: float, y: float) -> float:
    """How bright the page is at a place of the image."""
    left, top = driver.place((x, y))
    shot = driver.page.screenshot(clip={"x": left - 2, "y": top - 2, "width": 4, "height": 4})
    with Image.open(io.BytesIO(shot)) as opened:
        return float(np.asarray(opened.convert("L")).mean())


def test_a_large_image_is_shown_by_tiles_and_a_click_on_it_is_answered(
    driver: PageDriver, asked: list[str], project: Path
) -> None:
    driver.open(1)
    assert "5600" in driver.page.locator("footer").inner_text()
    assert not [url for url in asked if "/file?" in url]
    driver.eventually(lambda: bool(tiles(asked)), True)
    assert len(tiles(asked)) < 40, "only what can be seen"
    at_full_size(driver, *COIN)
    driver.hover(COIN[0] - 250, COIN[1])
    driver.eventually(lambda: bool(tiles(asked, FINEST)), True)
    driver.eventually(lambda: shown_gray(driver, *COIN), pytest.approx(MIDDLE, abs=12))
    assert len(tiles(asked, FINEST)) < 30
    driver.press("s")
    driver.click(*COIN)
    driver.settle()
    [answer] = driver.annotations
    [prompt] = answer["prompts"]
    assert (prompt["x"], prompt["y"]) == pytest.approx(COIN, abs=1)
    model = open_shipped("segment")
    whole = model.encode(read_image(project.parent / "images" / "1-large.jpg"))
    response = model.respond(whole, Prompts.of(Click(prompt["x"], prompt["y"], True)))
    expected = response.answer.mask.tight()
    assert answer["shape"]["xyxy"] == list(expected.xyxy)
    driver.press("Enter")
    driver.settle()
    assert [each["state"] for each in driver.stored(1)] == ["accepted"]


def test_from_a_large_image_to_a_small_one_and_back(driver: PageDriver, asked: list[str]) -> None:
    driver.open(1)
    driver.press("d")
    driver.wait("window.fewclicks.view.scale > 0.5")
    driver.settle()
    assert [url for url in asked if "/2/file?" in url]
    driver.press("a")
    driver.wait("window.fewclicks.isOpen && window.fewclicks.view.scale < 0.2")
    driver.settle()


def test_a_damaged_large_image_says_why(driver: PageDriver, project: Path) -> None:
    path = project.parent / "images" / "1-large.jpg"
    path.write_bytes(path.read_bytes()[:-200_000])
    driver.page.goto(f"{driver.url}#image=1")
    expect(driver.by_id("problem")).to_contain_text("damaged")


# --- detect --------------------------------------------------------------------------------------

BLOBS = (str(Path(__file__).parents[1] / "server" / "serve_blobs.py"),)
STRIP_HW = (900, 17_000)  # large by its side alone
SQUARES = [(x, y) for x in range(60, STRIP_HW[1] - 40, 300) for y in (100, 450, 800)]


@pytest.fixture
def strip(tmp_path: Path) -> Path:
    """A project with one long image, red squares of 20 pixels all along."""
    images = tmp_path / "images"
    images.mkdir()
    pixels = np.full((*STRIP_HW, 3), 120, np.uint8)
    for x, y in SQUARES:
        pixels[y : y + 20, x : x + 20] = (220, 30, 30)
    Image.fromarray(pixels).save(images / "strip.png")
    create_project(tmp_path / "strip", images, ["square"])
    return tmp_path / "strip"


def test_a_class_click_finds_what_is_all_over_a_large_image(browser: Browser, strip: Path) -> None:
    with serving(strip, BLOBS) as server:
        driver = open_page(browser, server.url)
        driver.page.set_default_timeout(60_000)
        driver.open(1)
        driver.press("c")
        with driver.page.expect_response("**/api/images/1/view") as looked:  # made ready before the first click
            at_full_size(driver, SQUARES[0][0] + 10, SQUARES[0][1] + 10)
        assert looked.value.status == 204
        driver.page.route("**/api/images/1/advance", lambda route: route.abort())
        driver.click(SQUARES[0][0] + 10, SQUARES[0][1] + 10)
        driver.settle()
        driver.by_id("rest").wait_for()
        assert 0 < int(driver.text("proposal-count")) < len(SQUARES)
        driver.page.goto("about:blank")
        driver.page.unroute("**/api/images/1/advance")
        driver.page.goto(server.url)  # it goes on by itself where it was left
        driver.by_id("proposal-count").filter(has_text=str(len(SQUARES))).wait_for()
        driver.by_id("rest").wait_for(state="detached")
        boxes = driver.page.request.get(f"{server.url}api/images/1").json()["proposals"]["boxes"]
        assert {(round(cx) - 10, round(cy) - 10) for cx, cy, *_ in boxes} == set(SQUARES)
        driver.press("Control+z")
        driver.settle()
        assert driver.text("proposal-count") == "0"
        assert driver.troubles == []
        driver.page.context.close()

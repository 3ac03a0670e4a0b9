"""Pictures of every tool at work on photos of scikit-image: `python tests/end_to_end/screenshots.py [FOLDER]`."""

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from page_driver import PageDriver, chromium, find_chromium, open_page
from playwright.sync_api import Browser
from running_server import RunningServer, serving

from fewclicks.demo import make_demo

DEFAULT_FOLDER = Path(__file__).parents[2] / "docs" / "images"
COFFEE, COINS, ASTRONAUT, ROCKET = 2, 3, 4, 5
THING, COIN, PERSON = "2", "3", "4"

Scene = Callable[[PageDriver], None]


def segment(driver: PageDriver) -> None:
    driver.open(ASTRONAUT)
    driver.press(PERSON)
    driver.drag([(14, 8), (350, 511)])
    driver.settle()
    driver.click(240, 420)
    driver.settle()
    driver.click(48, 70, button="right")
    driver.settle()
    driver.hover(120, 480)


def coins(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press(COIN)
    for box in [((18, 30), (72, 82)), ((78, 34), (126, 82)), ((128, 24), (184, 80)), ((186, 22), (246, 80))]:
        driver.drag(box)
        driver.settle()
        driver.press("Enter")
    for box in [((20, 98), (72, 150)), ((240, 90), (302, 152)), ((310, 12), (372, 78))]:
        driver.drag(box)
        driver.settle()
    driver.press("Escape")
    driver.hover(270, 120)


def extreme_points(driver: PageDriver) -> None:
    driver.open(COFFEE)
    driver.press(THING, "x")
    for place in [(284, 18), (76, 212), (282, 388)]:
        driver.click(*place)
    driver.hover(470, 240)


def box(driver: PageDriver) -> None:
    driver.open(ROCKET)
    driver.press(THING, "r")
    driver.drag([(307, 123), (338, 406)])
    driver.settle()
    driver.press("v")
    driver.hover(322, 250)


def polygon(driver: PageDriver) -> None:
    driver.open(COFFEE)
    driver.press(THING, "p")
    for step in range(9):
        angle = -2.2 + step * 0.55
        driver.click(290 + 118 * math.cos(angle), 114 + 96 * math.sin(angle))
    driver.hover(178, 144)


def brush(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("Escape", COIN, "b", "[", "[", "[", "[")
    driver.drag([(347 + 27 * math.cos(a / 8), 187 + 27 * math.sin(a / 8)) for a in range(52)])
    driver.settle()
    driver.press("f")
    driver.click(347, 187)
    driver.settle()
    driver.press("e")
    driver.drag([(320, 172), (330, 160)])
    driver.settle()
    driver.hover(336, 156)


def keys(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("F1")


SCENES: dict[str, Scene] = {
    "segment": segment,
    "objects": coins,
    "extreme-points": extreme_points,
    "box": box,
    "polygon": polygon,
    "brush": brush,
    "keys": keys,
}


def take(browser: Browser, server: RunningServer, folder: Path) -> None:
    """One picture a scene, and the first again in the light theme."""
    driver = open_page(browser, server.url, viewport={"width": 1440, "height": 840}, device_scale_factor=1)
    driver.open()
    driver.page.get_by_label("Close this hint").click()
    for name, scene in SCENES.items():
        scene(driver)
        shoot(driver, folder / f"{name}.png")
    driver.press("Escape")
    driver.open(ASTRONAUT)
    driver.page.emulate_media(color_scheme="light")
    driver.press("j")
    shoot(driver, folder / "light.png")
    if driver.troubles:
        raise RuntimeError(f"the page complained: {'; '.join(driver.troubles)}")


def shoot(driver: PageDriver, file: Path) -> None:
    driver.page.wait_for_timeout(4500)  # a sentence in the status bar goes away by itself
    driver.page.screenshot(path=file)
    print(file)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER
    path = find_chromium()
    if path is None:
        sys.exit("no Chromium on PATH (chromium, chromium-browser or google-chrome)")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "demo"
        make_demo(project)
        with serving(project) as server, chromium(path) as browser:
            take(browser, server, folder)


if __name__ == "__main__":
    main()

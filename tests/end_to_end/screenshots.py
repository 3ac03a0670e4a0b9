"""Pictures of every tool at work on photos of scikit-image: `python tests/end_to_end/screenshots.py [FOLDER]`."""

import io
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import photos
from page_driver import PageDriver, chromium, find_chromium, open_page
from PIL import Image
from playwright.sync_api import Browser
from running_server import RunningServer, serving

from fewclicks.demo import make_demo

DEFAULT_FOLDER = Path(__file__).parents[2] / "docs" / "images"
ROCKET, COFFEE, COINS, ASTRONAUT = 1, 2, 3, 4
THING, COIN, PERSON = "1", "3", "4"
LARGEST_BYTES = 400_000
CLICK_MARKS = [0x1F, 0xA3, 0x5C, 0xD5, 0x35, 0x2C]  # as in pen.ts: green, red

PHOTOS = """[...document.querySelectorAll("[data-testid=stage], .thumb")].map((element) => {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return [left, top, right, bottom];
})"""

Scene = Callable[[PageDriver], None]


def segment(driver: PageDriver) -> None:
    driver.open(ASTRONAUT)
    driver.press(THING)
    for corners in [((285, 340), (500, 511)), ((348, 2), (470, 292))]:
        driver.drag(corners)
        driver.settle()
        driver.press("Enter")
    driver.press(PERSON)
    driver.drag([(25, 15), (350, 511)])
    driver.settle()
    driver.click(100, 100, button="right")
    driver.settle()


def coins(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("ControlOrMeta+z", "s", COIN)  # without the boxes of `detect`
    driver.settle()
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
    driver.press(THING, "q")
    for place in [(284, 18), (76, 212), (282, 388), (478, 224)]:
        driver.click(*place)
    driver.settle()
    for place in [(95, 95), (108, 340)]:
        driver.click(*place, button="right")
        driver.settle()
    driver.click(425, 152)
    driver.settle()


def regions(driver: PageDriver) -> None:
    driver.open(ASTRONAUT)
    driver.press("Escape", "x")
    for name, points in photos.ASTRONAUT.items():
        driver.press("Escape", PERSON if name in ("suit", "collar", "face", "hair") else THING)
        for point in points:
            driver.click(*point)
        driver.settle()
    driver.press("Escape")
    driver.drag([(80, 470), (60, 440), (42, 400), (38, 360)])
    driver.settle()


def detect(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press(COIN, "c")
    driver.click(44, 55)
    driver.settle()


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
    driver.drag([(347 + 26 * math.cos(a / 8), 187 + 25 * math.sin(a / 8)) for a in range(52)])
    driver.settle()
    driver.press("f")
    driver.click(347, 187)
    driver.settle()
    driver.press("b")
    driver.hover(368, 206)


def keys(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("F1")


SCENES: dict[str, Scene] = {
    "segment": segment,
    "detect": detect,
    "objects": coins,
    "regions": regions,
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
    driver.press("s", THING, "j")
    shoot(driver, folder / "light.png")
    if driver.troubles:
        raise RuntimeError(f"the page complained: {'; '.join(driver.troubles)}")


def shoot(driver: PageDriver, file: Path) -> None:
    driver.page.wait_for_timeout(4500)  # a sentence in the status bar goes away by itself
    with Image.open(io.BytesIO(driver.page.screenshot())) as picture:
        save_small(picture.convert("RGB"), driver.page.evaluate(PHOTOS), file)
    print(f"{file} ({file.stat().st_size // 1000} kB)")


def save_small(picture: Image.Image, photos: list[list[float]], file: Path) -> None:
    """Save in at most LARGEST_BYTES with at most 256 colours: the panels' as they are, those of `photos` dithered."""
    pixels = np.asarray(picture)
    in_panels = np.ones(pixels.shape[:2], bool)
    for x0, y0, x1, y1 in np.round(photos).astype(int):
        in_panels[y0:y1, x0:x1] = False
    found, counts = np.unique(pixels[in_panels], axis=0, return_counts=True)
    flat = found[np.argsort(counts)[-110:]].ravel().tolist()
    for colors in (144, 112, 80, 64, 48):
        photo = picture.quantize(colors).getpalette() or []
        palette = Image.new("P", (1, 1))
        palette.putpalette(CLICK_MARKS + flat + photo[: 3 * colors])
        picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(file, optimize=True)
        if file.stat().st_size <= LARGEST_BYTES:
            return
    raise RuntimeError(f"{file} is larger than {LARGEST_BYTES} bytes even in few colours")


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

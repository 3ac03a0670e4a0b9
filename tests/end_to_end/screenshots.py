"""Pictures of every tool at work on photos of scikit-image, in full colour: `make screenshots [ARGS=FOLDER]`.

Three of them, of good answers, are also cut out for the top of the README.
"""

import io
import math
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import photos
from page_driver import PageDriver, chromium, find_chromium, open_page
from PIL import Image
from playwright.sync_api import Browser, FloatRect, ViewportSize
from running_server import serving

from fewclicks.demo import make_demo
from fewclicks.store.project import Project, create_project

DEFAULT_FOLDER = Path(__file__).parents[2] / "docs" / "images"
ROCKET, COFFEE, COINS, ASTRONAUT = 1, 2, 3, 4
THING, COIN, PERSON = "1", "3", "4"
LARGEST_BYTES = 400_000
PAGE: ViewportSize = {"width": 1440, "height": 840}
SMALL_PAGE: ViewportSize = {"width": 1024, "height": 700}
CUT_HEIGHT = 640  # pixels, of a picture that the README shows a third as high

# The classes of the pictures of answers, in colours that stand out from what they cover.
CUP, COIN_ONLY = {"cup": "#56b4e9"}, {"coin": "#e69f00"}
REGIONS = {
    "wall": "#9bd0f5",
    "flag": "#d55e00",
    "shuttle": "#f0e442",
    "table": "#8e6bd0",
    "suit": "#009e73",
    "collar": "#0072b2",
    "face": "#cc79a7",
    "hair": "#b07a3f",
    "helmet": "#e69f00",
    "patch": "#ffffff",
}
POLICY = "Outline what you can see of it."

Scene = Callable[[PageDriver], None]


def segment(driver: PageDriver) -> None:
    driver.open(COFFEE)
    driver.drag([(76, 18), (478, 388)])
    driver.settle()
    for place in photos.NOT_THE_CUP:
        driver.click(*place, button="right")
        driver.settle()


def regions(driver: PageDriver) -> None:
    driver.open(ASTRONAUT)
    driver.press("Escape", "x")
    for name, points in photos.ASTRONAUT.items():
        driver.by_id(f"class-{list(REGIONS).index(name) + 1}").click()
        for point in points:
            driver.click(*point)
        driver.settle()
    driver.press("v", "Escape", "x")
    for scribble in photos.ASTRONAUT_SCRIBBLES:
        driver.drag(scribble)
        driver.settle()
    driver.press("Shift+Enter")
    driver.settle()


def detect(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("Escape", "c")
    for place in photos.TWO_COINS:
        driver.click(*place)
        driver.settle()
    driver.by_id("least-score").fill("0.4")
    driver.by_id("least-score").blur()
    driver.hover(1, 1)


def questions(driver: PageDriver) -> None:
    detect(driver)
    driver.press("Shift+Q")
    for key in ("y", "n", ""):
        driver.wait("document.querySelector('[data-testid=question-canvas]')?.dataset.question")
        driver.press(*key)


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
    driver.press("v", "Escape", "s")
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


def first_class(driver: PageDriver) -> None:
    """A project without classes: what was drawn waits for one."""
    driver.open(COFFEE)
    driver.drag([(76, 18), (478, 388)])


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
    ring(driver, 347, 187, 26)
    driver.press("f")
    driver.click(347, 187)
    driver.settle()
    driver.press("b")
    driver.hover(368, 206)


def fill(driver: PageDriver) -> None:
    """A rim that is painted, and not filled yet, beside a coin that is."""
    driver.press("Escape")
    ring(driver, 46, 260, 23)
    driver.press("f")
    driver.hover(46, 260)


def eraser(driver: PageDriver) -> None:
    """The coin is filled, and a stroke takes away its lower right rim."""
    driver.click(46, 260)
    driver.settle()
    driver.press("e")
    driver.drag([(46 + 25 * math.cos(a / 8), 260 + 25 * math.sin(a / 8)) for a in range(10)])
    driver.settle()
    driver.hover(71, 262)


def ring(driver: PageDriver, x: float, y: float, radius: float) -> None:
    """Paint the rim of a coin, a little wider than high."""
    driver.drag([(x + radius * math.cos(a / 8), y + (radius - 1) * math.sin(a / 8)) for a in range(52)])
    driver.settle()


def point(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("Escape", COIN, "t")
    for place in photos.COINS:
        driver.click(*place)
    driver.settle()
    driver.hover(1, 1)


def keys(driver: PageDriver) -> None:
    driver.open(COINS)
    driver.press("F1")


def light(driver: PageDriver) -> None:
    driver.press("Escape")
    driver.open(COFFEE)
    driver.page.emulate_media(color_scheme="light")
    driver.press("s", THING, "j")


ANSWERS: dict[str, tuple[Scene, dict[str, str]]] = {
    "segment": (segment, CUP),
    "regions": (regions, REGIONS),
    "detect": (detect, COIN_ONLY),
}
TOOLS: dict[str, Scene] = {
    "objects": coins,
    "extreme-points": extreme_points,
    "box": box,
    "polygon": polygon,
    "brush": brush,
    "fill": fill,
    "eraser": eraser,
    "point": point,
    "keys": keys,
    "light": light,
}


def make_project(folder: Path, images: Path, colors: Mapping[str, str]) -> Path:
    """A project over the photos of the sample project, with these classes."""
    create_project(folder, images, list(colors))
    with Project(folder) as project, project.changing() as log:
        log.put_classes([replace(row, color=colors[row.name], policy=POLICY) for row in log.classes()])
    return folder


def take(browser: Browser, project: Path, scenes: Mapping[str, Scene], folder: Path, cuts: bool = False) -> None:
    """A picture of the whole page for each scene; with `cuts` also one of the photo alone."""
    with serving(project) as server:
        driver = open_page(browser, server.url, viewport=PAGE, device_scale_factor=2)
        driver.open()
        if driver.by_id("first-steps").count():
            driver.page.get_by_label("Close this hint").click()
        for name, scene in scenes.items():
            scene(driver)
            shoot(driver, folder / f"{name}.webp")
            if cuts:
                cut_out(driver, folder / f"{name}-photo.webp")
        if driver.troubles:
            raise RuntimeError(f"the page complained: {'; '.join(driver.troubles)}")


def shoot(driver: PageDriver, file: Path) -> None:
    driver.page.wait_for_timeout(4500)  # a sentence in the status bar goes away by itself
    save(driver.page.screenshot(), PAGE["height"], file)


def cut_out(driver: PageDriver, file: Path) -> None:
    """The photo with what is drawn on it, from a small page: there lines are wide in proportion."""
    driver.page.set_viewport_size(SMALL_PAGE)
    driver.press("0")
    driver.page.wait_for_timeout(1000)
    save(driver.page.screenshot(clip=photo(driver)), CUT_HEIGHT, file)
    driver.page.set_viewport_size(PAGE)


def photo(driver: PageDriver) -> FloatRect:
    """Where the photo is in the window."""
    shown = driver.page.evaluate("Number(/image=([0-9]+)/.exec(location.hash)[1])")
    image = driver.page.request.get(f"{driver.url}api/images/{shown}").json()["image"]
    left, top = driver.place((0, 0))
    right, bottom = driver.place((image["width"], image["height"]))
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def save(screenshot: bytes, height: int, file: Path) -> None:
    """Save in full colour, `height` pixels high. Raises RuntimeError above LARGEST_BYTES."""
    with Image.open(io.BytesIO(screenshot)) as picture:
        size = (round(picture.width * height / picture.height), height)
        picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(file, quality=90, method=6)
    if file.stat().st_size > LARGEST_BYTES:
        raise RuntimeError(f"{file} is larger than {LARGEST_BYTES} bytes")
    print(f"{file} ({file.stat().st_size // 1000} kB)")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER
    path = find_chromium()
    if path is None:
        sys.exit("no Chromium on PATH (chromium, chromium-browser or google-chrome)")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium(path) as browser:
        demo = Path(scratch) / "demo"
        make_demo(demo)
        for name, (scene, colors) in ANSWERS.items():
            project = make_project(Path(scratch) / name / "photos", demo / "images", colors)
            take(browser, project, {name: scene}, folder, cuts=True)
        asked = make_project(Path(scratch) / "questions" / "photos", demo / "images", COIN_ONLY)
        take(browser, asked, {"questions": questions}, folder)
        empty = make_project(Path(scratch) / "empty" / "photos", demo / "images", {})
        take(browser, empty, {"first-class": first_class}, folder)
        take(browser, demo, TOOLS, folder)


if __name__ == "__main__":
    main()

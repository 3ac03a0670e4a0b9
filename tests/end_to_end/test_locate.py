"""`locate` as a person uses it: careless points are refined, a localiser is trained, and its points are corrected."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from jaxtyping import Float64
from page_driver import XY, PageDriver, open_page
from playwright.sync_api import Browser, expect
from running_server import RunningServer, fewclicks, serving

from fewclicks.store.project import create_project

pytest.importorskip("torch", reason="training needs fewclicks[train]")

PITCH, RADIUS, COLUMNS, ROWS = 36, 9, 5, 4
FINISHED = 10  # as many as the page waits for before it advises to train, with 200 objects
NEXT = FINISHED + 1
STEPS = 60  # enough to find discs
TRAINED_MS = 300_000  # on a machine that has more to do


def make_images(folder: Path) -> list[Float64[np.ndarray, "N 2"]]:
    """Images of dark blurred discs on noise; return the centres of each."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    centres = []
    for number in range(1, NEXT + 1):
        grid = np.stack(np.meshgrid(np.arange(COLUMNS), np.arange(ROWS)), -1).reshape(-1, 2)
        places = (grid + 0.5) * PITCH + rng.integers(-4, 5, grid.shape)
        pixels = rng.normal(150, 12, (ROWS * PITCH, COLUMNS * PITCH, 3)).clip(0, 255).astype(np.uint8)
        for x, y in places.astype(int).tolist():
            cv2.circle(pixels, (x, y), RADIUS, (110, 40, 90), -1)
        cv2.imwrite(str(folder / f"{number:02}.png"), cv2.GaussianBlur(pixels, (0, 0), 1))
        centres.append(places)
    return centres


def careless(centres: Float64[np.ndarray, "N 2"]) -> list[XY]:
    """A point on each object, half a radius and more from its centre."""
    rng = np.random.default_rng(1)
    angles, lengths = rng.uniform(0, 2 * np.pi, len(centres)), rng.uniform(0.5, 0.8, len(centres)) * RADIUS
    places = centres + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [(x, y) for x, y in places.tolist()]


@pytest.fixture
def centres(tmp_path: Path) -> list[Float64[np.ndarray, "N 2"]]:
    return make_images(tmp_path / "images")


@pytest.fixture
def server(browser: Browser, tmp_path: Path, centres: list[Float64[np.ndarray, "N 2"]]) -> Iterator[RunningServer]:
    """The shipped models, and points in all images but the first and the last one."""
    create_project(tmp_path / "project", tmp_path / "images", ["cell"])
    lines = [f"{number:02}.png,{x},{y},cell\n" for number in range(2, NEXT) for x, y in centres[number - 1].tolist()]
    (tmp_path / "points.csv").write_text("image,x,y,class\n" + "".join(lines))
    fewclicks("import", tmp_path / "project", tmp_path / "points.csv", "--format", "points-csv")
    with serving(tmp_path / "project") as running:
        yield running


@pytest.fixture
def driver(browser: Browser, server: RunningServer) -> Iterator[PageDriver]:
    driver = open_page(browser, server.url)
    driver.open(1)
    driver.press("t")
    yield driver
    assert driver.troubles == []
    driver.page.context.close()


def points(driver: PageDriver) -> Float64[np.ndarray, "N 2"]:
    shapes = [each["shape"] for each in driver.annotations]
    return np.array([(shape["x"], shape["y"]) for shape in shapes], np.float64).reshape(-1, 2)


def offsets(found: Float64[np.ndarray, "N 2"], centres: Float64[np.ndarray, "N 2"]) -> Float64[np.ndarray, "N"]:
    return np.hypot(*(found - centres).T)


def test_from_careless_points_to_counts_of_all_images(
    driver: PageDriver, server: RunningServer, centres: list[Float64[np.ndarray, "N 2"]], tmp_path: Path
) -> None:
    shots = Shots(driver, tmp_path / "screenshots")
    refine(driver, centres[0], shots)
    train_as_advised(driver, shots)
    total = suggest_and_correct(driver, shots)
    check_counts(driver, total, shots)
    for name in ("points-csv", "qupath"):
        check_round_trip(driver, tmp_path, name)
    shots.take("exported")


@dataclass
class Shots:
    """A numbered picture of the page after each step, for people to look at."""

    driver: PageDriver
    folder: Path
    number: int = 0

    def take(self, step: str) -> None:
        self.number += 1
        self.driver.page.screenshot(path=self.folder / f"{self.number:02}-{step}.png")


def refine(driver: PageDriver, centres: Float64[np.ndarray, "N 2"], shots: Shots) -> None:
    """Twenty careless points, moved, undone, moved again and accepted."""
    for place in careless(centres):
        driver.click(*place)
    driver.settle()
    shots.take("points")
    before = points(driver)
    ask = driver.by_id("ask-refine")
    ask.click()
    driver.wait(f"window.fewclicks.moves.length === {len(centres)}")
    driver.hover(1, 1)
    shots.take("arrows")
    assert driver.text("hint").startswith("20 moves · click an arrow to accept it")
    assert driver.text("model").startswith("refine")
    driver.press("Control+z")
    driver.wait("window.fewclicks.moves.length === 0")
    shots.take("undone")
    ask.click()
    driver.wait(f"window.fewclicks.moves.length === {len(centres)}")
    arrows = driver.page.evaluate("window.fewclicks.moves")
    driver.press("Enter")
    driver.settle()
    shots.take("accepted")
    after = points(driver)
    np.testing.assert_allclose([each["from"] for each in arrows], before)
    np.testing.assert_allclose([each["to"] for each in arrows], after)
    assert offsets(after, centres).mean() < 0.5 * offsets(before, centres).mean()


def train_as_advised(driver: PageDriver, shots: Shots) -> None:
    """The advice comes with the last of the finished images; its button opens the panel about the right model."""
    for number in range(1, FINISHED + 1):
        assert driver.by_id("training-advice").count() == 0
        driver.by_id(f"status-{number}").click()
        driver.settle()
    expect(driver.by_id("train-advised")).to_have_text("Train Suggest on 10 images")
    shots.take("advised")
    driver.by_id("train-advised").click()
    expect(driver.by_id("model-to-train")).to_have_value("suggest")
    expect(driver.by_id("readiness")).to_contain_text("10 images are set to done, with 200 objects.")
    driver.by_id("more-settings").click()
    driver.by_id("setting-steps").fill(str(STEPS))  # so that a busy machine learns as much as another one
    driver.by_id("train").click()
    expect(driver.by_id("version-suggest-1")).to_be_checked(timeout=TRAINED_MS)
    expect(driver.by_id("training-advice")).to_have_count(0)
    shots.take("trained")
    driver.press("Escape")


def suggest_and_correct(driver: PageDriver, shots: Shots) -> int:
    """Points for the next image: one is rejected, one moved, the others accepted; return how many there are."""
    driver.open(NEXT)
    driver.by_id("ask-suggest").click()
    driver.settle()
    found = driver.page.evaluate("window.fewclicks.suggestedPoints")
    assert len(found) >= 10
    shots.take("suggested")
    x, y = found[0]["shape"]["x"], found[0]["shape"]["y"]
    driver.click(x, y, button="right")
    driver.settle()
    driver.hover(1, 1)
    driver.press("Shift+Enter")
    driver.settle()
    assert len(driver.annotations) == len(found) - 1
    x, y = points(driver)[0].tolist()
    driver.drag([(x, y), (x + 2, y + 2), (x + 3, y + 2)])
    driver.settle()
    np.testing.assert_allclose(points(driver)[0], (x + 3, y + 2), atol=0.5)
    shots.take("corrected")
    return len(found) - 1


def check_counts(driver: PageDriver, total: int, shots: Shots) -> None:
    driver.press("Shift+T")
    shots.take("counts")
    driver.eventually(lambda: driver.text(f"counts-of-{NEXT}").split(), [f"{NEXT}.png", str(total), str(total)])
    driver.eventually(lambda: driver.text("counts-total").split()[2:], [str(200 + total)] * 2)
    driver.by_id("counts-close").click()


def check_round_trip(driver: PageDriver, folder: Path, name: str) -> None:
    """What the page exports is imported into a new project, whose export is the same."""
    driver.by_id("export").click()
    with driver.page.expect_download() as download:
        driver.by_id(f"export-{name}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        path = folder / name
    again = folder / f"{name}-project"
    fewclicks("new", again, "--images", folder / "images", "--classes", "cell")
    fewclicks("import", again, path, "--format", name)
    second = folder / f"second-{path.name}"
    fewclicks("export", again, "--images", "all", "--format", name, "--to", second)
    assert contents(second) == contents(path)


def contents(path: Path) -> dict[str, bytes]:
    """The files of an export, by name."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {"" if path.is_file() else str(each.relative_to(path)): each.read_bytes() for each in files}

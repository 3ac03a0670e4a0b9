"""A browser, projects on photos that come with scikit-image, and the real server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from page_driver import PageDriver, chromium, find_chromium, open_page
from PIL import Image
from playwright.sync_api import Browser
from running_server import RunningServer, serving
from skimage import data

from fewclicks.store.project import create_project

PAGE = Path(__file__).parents[2] / "src" / "fewclicks" / "server" / "page" / "index.html"
CLASSES = ["coin", "person", "thing"]


def absent(what: str) -> None:
    """Skip, or fail where these tests must run."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        absent("no Chromium on PATH (chromium, chromium-browser or google-chrome)")
    if not PAGE.is_file():
        absent("the page is not built: npm run build in web/, or make setup")
    assert path is not None
    with chromium(path) as launched:
        yield launched


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Coins (1), an astronaut (2), and a plain picture (3)."""
    folder = tmp_path / "images"
    folder.mkdir()
    Image.fromarray(data.coins()).save(folder / "1-coins.png")
    Image.fromarray(data.astronaut()).save(folder / "2-astronaut.jpg")
    Image.fromarray(np.full((120, 160, 3), 90, np.uint8)).save(folder / "3-plain.png")
    return folder


@pytest.fixture
def project(tmp_path: Path, images: Path) -> Path:
    """A new project over these images."""
    create_project(tmp_path / "project", images, CLASSES)
    return tmp_path / "project"


@pytest.fixture
def server(browser: Browser, project: Path) -> Iterator[RunningServer]:
    """The project's server; `browser` comes first so that nothing is started where it is absent."""
    with serving(project) as running:
        yield running


@pytest.fixture
def open_driver(browser: Browser, server: RunningServer) -> Iterator[Callable[..., PageDriver]]:
    """Opens pages; at the end none of them may have thrown anything."""
    opened: list[PageDriver] = []

    def opener(image_id: int | None = 1, **context: object) -> PageDriver:
        driver = open_page(browser, server.url, **context)
        opened.append(driver)
        driver.open(image_id)
        return driver

    yield opener
    troubles = [trouble for driver in opened for trouble in driver.troubles]
    for driver in opened:
        driver.page.context.close()
    assert troubles == []


@pytest.fixture
def driver(open_driver: Callable[..., PageDriver]) -> PageDriver:
    return open_driver()

"""A learning round in the page: answers start it, the queue goes on meanwhile, and a new version asks next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, expect
from running_server import serving
from test_questions_page import answer, ask, saved, shown

from fewclicks.store.project import Project
from jobs.coins import make_coins, suggest_squares

pytest.importorskip("torch", reason="training needs fewclicks[train]")

ROUND_MS = 480_000  # a training and two exports, on a machine that has more to do
IMAGES, FINISHED = 14, 3
PLACES = ((4.0, 10.0, 1), (36.0, 40.0, 2), (68.0, 70.0, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_coins(tmp_path / "project", IMAGES, FINISHED)
    with Project(folder) as project:
        for image in range(4, 9):
            suggest_squares(project, image, *PLACES)
    return folder


@pytest.fixture
def drivers(browser: Browser, folder: Path) -> Iterator[tuple[PageDriver, PageDriver]]:
    """Two browsers."""
    with serving(folder) as server:
        both = open_page(browser, server.url), open_page(browser, server.url)
        yield both
        assert [driver.troubles for driver in both] == [[], []]
        for driver in both:
            driver.page.context.close()


def test_a_round_trains_and_asks_with_the_new_version(drivers: tuple[PageDriver, PageDriver]) -> None:
    first, second = drivers
    first.open(1)
    ask(first)
    set_up(first)
    for key in ("y", "n", "y", "1"):
        answer(first, key)
    fifth = shown(first)
    answer(first, "y")
    first.press("z")
    first.wait(f"document.querySelector('[data-testid=question-canvas]').dataset.question === '{fifth}'")
    saved(first)
    first.page.close()
    again = PageDriver(first.page.context.new_page(), first.url)
    again.open(1)
    ask(again)
    assert shown(again) == fifth
    assert again.text("question-progress") == "4 of 15 answered"

    second.open(1)
    ask(second)
    others = [shown(second), answer(second, "n")]
    mine = [shown(again), answer(again, "y")]  # the sixth answer
    assert not set(others) & set(mine)
    expect(again.by_id("show-rounds")).to_contain_text("Learning", timeout=ROUND_MS)
    mine.append(answer(again, "n"))  # questions go on while the model trains
    expect(again.by_id("question-notice")).to_contain_text("from detect-1", timeout=ROUND_MS)
    assert "threshold" not in again.text("question-source")  # the question on screen stays
    answer(again, "n")
    assert "threshold" in again.text("question-source")
    weights = again.page.request.get(f"{again.url}api/images/10").json()["proposals"]["weights"]
    assert weights.startswith("detect-1-")

    again.press("r")
    expect(again.by_id("rounds-since")).to_contain_text("of 6")
    expect(again.by_id("round-result")).to_contain_text("from detect-1")
    expect(again.by_id("rounds-dialog")).to_contain_text("Share of suggestions that people confirmed")
    expect(again.by_id("rounds-classes")).to_contain_text("red")
    again.press("Escape")
    again.by_id("rounds-dialog").wait_for(state="detached")
    assert again.troubles == []


def set_up(driver: PageDriver) -> None:
    """Change in the page when rounds start and how long they train."""
    driver.press("r")
    driver.by_id("rounds-every").fill("6")
    driver.by_id("rounds-every").press("Tab")
    driver.by_id("rounds-steps").fill("40")
    driver.by_id("rounds-steps").press("Tab")
    expect(driver.by_id("rounds-since")).to_contain_text("0 answers since the last round, of 6")
    driver.by_id("rounds-strategy").select_option("threshold")
    driver.by_id("rounds-close").click()
    driver.by_id("rounds-dialog").wait_for(state="detached")
    wanted = {"every": 6, "strategy": "threshold", "steps": 40}
    driver.eventually(lambda: driver.page.request.get(f"{driver.url}api/rounds").json()["settings"], wanted)

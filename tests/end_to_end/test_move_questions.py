"""Suggested moves of points as questions in the page: right, elsewhere, stays where it is, by keyboard and by mouse."""

from dataclasses import replace
from pathlib import Path

import pytest
from page_driver import PageDriver

from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.proposals import SuggestedPoints
from fewclicks.store.snapshots import Snapshot

COIN = 1
FROM = {"a": (40.0, 42.0), "b": (110.0, 60.0), "c": (150.0, 40.0)}
TO = {"a": (49.0, 51.0), "b": (104.0, 53.0), "c": (157.0, 51.0)}


@pytest.fixture
def project(project: Path) -> Path:
    """Three points beside the centres of coins, with moves to them; the model is least sure of the first one."""
    points = [Snapshot(name, 1, COIN, "accepted", {"type": "point", "x": x, "y": y}) for name, (x, y) in FROM.items()]
    moves = tuple(
        {"annotation_id": name, "from_xy": [*FROM[name]], "to_xy": [*TO[name]], "score": score}
        for name, score in zip(FROM, (0.5, 0.6, 0.7), strict=True)
    )
    with Project(project) as opened, opened.changing() as log:
        log.append(
            Request("p", "edit", "point", {}, 1), Outcome(tuple(AnnotationChange(None, each) for each in points))
        )
        before = log.proposals(1)
        after = replace(before, points=(SuggestedPoints("refine", "refine-1", moves=moves),))
        log.append(Request("job", "ask", "refine points", {}), Outcome(proposals=(Change(before, after),)))
    return project


def places(driver: PageDriver) -> dict[str, tuple[float, float]]:
    return {each["id"]: (each["shape"]["x"], each["shape"]["y"]) for each in driver.stored()}


def asked(driver: PageDriver, but: str = "") -> str:
    """The id of the question on screen, once it is another one."""
    canvas = "document.querySelector('[data-testid=question-canvas]')?.dataset.question"
    driver.wait(f"{canvas} && {canvas} !== '{but}'")
    return str(driver.by_id("question-canvas").get_attribute("data-question"))


def test_a_point_moves_moves_elsewhere_or_stays(driver: PageDriver) -> None:
    driver.press("Shift+Q")
    first = asked(driver)
    question = " ".join(driver.text("question").split())
    assert question == "Is this the right place for the point of the class coin?"
    assert "Leave it where it is" in driver.text("answer-delete")
    driver.press("y")
    second = asked(driver, first)
    driver.press("ArrowRight", "ArrowDown")
    driver.by_id("answer-accept").click()
    asked(driver, second)
    driver.by_id("answer-delete").click()
    driver.page.get_by_text("All 3 questions answered").wait_for()
    assert places(driver) == {"a": TO["a"], "b": (TO["b"][0] + 1, TO["b"][1] + 1), "c": FROM["c"]}
    driver.press("z")
    asked(driver)
    driver.press("Escape")
    driver.by_id("question-page").wait_for(state="detached")
    driver.settle()
    assert places(driver) == {"a": TO["a"], "b": (TO["b"][0] + 1, TO["b"][1] + 1), "c": FROM["c"]}

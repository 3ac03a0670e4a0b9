"""The order of the questions of a learning round: by its strategy, with features of the answers if it needs them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewclicks.answers import BoxesAnswer
from fewclicks.application import round_end
from fewclicks.application.asked import ANSWERS_FOLDER, write_answers
from fewclicks.application.questions import refresh
from fewclicks.application.round_end import ABOUT_AREAS, arranged, asked_about, asked_around, is_shown, with_areas
from fewclicks.prompts import Prompts
from fewclicks.store.project import Project
from fewclicks.store.work import Arranged
from jobs.coins import make_coins, suggest_squares

PLACES = ((4.0, 10.0, 1), (36.0, 40.0, 1), (68.0, 70.0, 1))
SCORES = (0.9, 0.42, 0.1)
FEATURES = ([0.0, 0.0], [0.1, 0.0], [5.0, 0.0])  # the first two look alike


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(make_coins(tmp_path / "project", 3, 1))
    suggest_squares(project, 2, *PLACES)
    with project.changing() as log:
        log.put_proposals(replace(log.proposals(2), scores=SCORES), 99)
    refresh(project)
    return project


def scores(project: Project, folder: Path, strategy: str, features: bool = False) -> list[float]:
    """The confidences of the questions in their order."""
    request = {"weights": "detect-0", "images": [2, 3], "strategy": strategy, "features": features}
    with project.changing() as log:
        asked = arranged(asked_about(log, request), request, folder, seed=0)
        log.work.arrange(asked)
        order = [item.id for item in log.work.first("page", 0.0, 10)]
        assert order == [each.item_id for each in asked]
        return [log.work.get(each.item_id).subject["score"] for each in asked]  # type: ignore[union-attr]


def test_questions_are_in_the_order_of_their_strategy(project: Project, tmp_path: Path) -> None:
    assert scores(project, tmp_path, "threshold") == [0.42, 0.1, 0.9]
    assert scores(project, tmp_path, "uncertainty") == [0.1, 0.42, 0.9]
    assert sorted(scores(project, tmp_path, "random")) == sorted(SCORES)


def test_coreset_asks_about_what_looks_different(project: Project, tmp_path: Path) -> None:
    (tmp_path / ANSWERS_FOLDER).mkdir()
    with project.reading() as log:
        boxes = np.array(log.proposals(2).boxes) + 0.004  # before they were rounded
    answer = BoxesAnswer.of(boxes, np.array(SCORES), np.ones(3, np.int64), False)
    write_answers(tmp_path, 2, "boxes", {"": (Prompts(), replace(answer, features=np.array(FEATURES, np.float32)))}, {})
    assert scores(project, tmp_path, "coreset", features=True)[:2] == [0.1, 0.9]


def test_suggestions_of_other_versions_are_not_asked_about(project: Project) -> None:
    with project.reading() as log:
        assert len(asked_about(log, {"weights": "detect-0", "images": [2, 3]})) == 3
        assert asked_about(log, {"weights": "detect-9", "images": [2, 3]}) == []


def around(project: Project, limits: dict[int, float]) -> tuple[list[float | None], list[str]]:
    """The confidences of the questions when each box is asked about with its area (None), and their strategies."""
    with project.reading() as log:
        items = asked_about(log, {"weights": "detect-0", "images": [2, 3]})
    by_score = sorted(items, key=lambda item: SCORES.index(item.subject["score"]))
    shown = [item for item in items if is_shown(item, limits)]
    found = asked_around(by_score, shown, {2: (96, 96)}, seed=0)
    lines = with_areas([Arranged(item.id, "random", "detect-0") for item in by_score[::2]], found)
    scores = {item.id: item.subject["score"] for item in items}
    return [scores.get(each.item_id) for each in lines], [each.strategy for each in lines]


def test_an_area_comes_after_the_suggestions_in_it_that_are_worth_showing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first two squares are 32 pixels apart, and so are the last two; an area reaches 40 pixels to each side."""
    monkeypatch.setattr(round_end, "AREAS", 1.0)
    monkeypatch.setattr(round_end, "area_around", lambda box, size: np.array([*(box[:2] - 40), *(box[:2] + 40)]))
    high, middle, low = SCORES
    assert around(project, {}) == (
        [high, middle, None, low, None],
        ["random", *[ABOUT_AREAS] * 2, "random", ABOUT_AREAS],
    )
    assert around(project, {1: 0.5})[0] == [high, None, low, None]
    assert around(project, {1: 0.05})[0] == [high, middle, None, low, None]
    monkeypatch.setattr(round_end, "MOST_INSIDE", 0)
    assert around(project, {}) == ([high, low], ["random", "random"])

"""What people left of a round's suggestions in the images that they finished decides which ones are worth showing."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from fewclicks.application.suggestion_limits import learnt_limits
from fewclicks.ask.assist import NEUTRAL
from fewclicks.methods.detect import DETECT
from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project
from fewclicks.store.records import ImageStatus
from fewclicks.store.snapshots import Snapshot
from jobs.coins import make_coins

RED, BLUE = 1, 2
GRID = [(10.0 * column + 5, 10.0 * row + 5) for row in range(9) for column in range(9)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(make_coins(tmp_path / "project", 4, 1))


def suggest(project: Project, image: int, class_id: int, score: float, weights: str) -> int:
    """Store a grid of suggested boxes; return the event."""
    with project.changing() as log:
        before = log.proposals(image)
        boxes = tuple([x, y, 8.0, 8.0, 0.0] for x, y in GRID)
        count = len(boxes)
        shown = {"scores": (score,) * count, "class_ids": (class_id,) * count}
        after = replace(before, boxes=boxes, method="detect", weights=weights, **shown)
        return log.append(Request(uuid4().hex, "ask", "round", {}), Outcome(proposals=(Change(before, after),))).seq


def end_round(project: Project, event: int, weights: str) -> None:
    with project.changing() as log:
        row = JobRow("round detect", datetime(2026, 1, 1), state="done")
        log.jobs.put(replace(row, id=log.jobs.add(row), result={"event": event, "weights": weights}))


def finish(project: Project, image: int, class_id: int | None) -> None:
    """Draw an object of the class on each box of the grid, and set the image to done."""
    drawn = [] if class_id is None else GRID
    rows = [
        Snapshot(
            f"{image}-{x}-{y}",
            image,
            class_id or RED,
            "accepted",
            {"type": "box", "xyxy": [x - 4, y - 4, x + 4, y + 4]},
        )
        for x, y in drawn
    ]
    with project.changing() as log:
        changes = tuple(AnnotationChange(None, row) for row in rows)
        log.append(Request(uuid4().hex, "edit", "box", {}, image), Outcome(changes))
        change = Change(log.status(image), ImageStatus("done"))
        log.append(Request(uuid4().hex, "status", "done", {}, image), Outcome(status=change))


def limits(project: Project) -> dict[int, float]:
    with project.reading() as log:
        return learnt_limits(log, DETECT)


def test_without_a_finished_image_nothing_is_learnt(project: Project) -> None:
    assert limits(project) == {}
    end_round(project, suggest(project, 2, RED, 0.3, "detect-1"), "detect-1")
    assert limits(project) == {}, "image 2 is not done; image 1 was done before the round"


def test_right_suggestions_lower_the_limit_and_background_raises_it(project: Project) -> None:
    right, wrong = (suggest(project, image, class_id, 0.3, "detect-1") for image, class_id in ((2, RED), (3, BLUE)))
    end_round(project, right, "detect-1")
    finish(project, 2, RED)
    assert limits(project) == {RED: 0.3}
    finish(project, 3, None)
    assert limits(project) == {RED: 0.3}, "image 3 has no suggestion of the round"
    end_round(project, wrong, "detect-1")
    assert limits(project) == {RED: 0.3, BLUE: NEUTRAL}


def test_confident_background_hides_a_class(project: Project) -> None:
    end_round(project, suggest(project, 2, RED, 1.0, "detect-1"), "detect-1")
    finish(project, 2, BLUE)
    assert limits(project)[RED] > 1, "objects of another class cost a correction"


def test_the_latest_suggestions_of_an_image_and_the_latest_two_rounds_count(project: Project) -> None:
    end_round(project, suggest(project, 3, RED, 1.0, "detect-1"), "detect-1")
    finish(project, 3, None)
    assert limits(project)[RED] > 1
    end_round(project, suggest(project, 2, RED, 1.0, "detect-2"), "detect-2")
    end_round(project, suggest(project, 2, RED, 0.2, "detect-3"), "detect-3")
    finish(project, 2, RED)
    assert limits(project) == {RED: 0.2}


def test_suggestions_of_another_version_do_not_count(project: Project) -> None:
    end_round(project, suggest(project, 2, RED, 1.0, "detect-1"), "detect-other")
    finish(project, 2, BLUE)
    assert limits(project) == {}

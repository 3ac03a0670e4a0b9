"""A job that asks about a large image uses the levels that the server has made, and makes missing ones for itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fewclicks.application import asking_job
from fewclicks.application.asked import ANSWERS_FOLDER, REQUEST, read_answer
from fewclicks.application.asking_job import ask_images
from fewclicks.application.large_images import FOLDER, LargeImages
from fewclicks.images import files as image_files
from fewclicks.images import level_cache, levels
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project, create_project
from fewclicks.store.snapshots import Json, Snapshot
from halfway import halfway_installed
from server.api import until


class Said:
    """What a job reports."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, str]] = []

    def say(self, progress: float, message: str) -> None:
        self.reports.append((progress, message))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setattr(image_files, "LARGE_PIXELS", 500_000)
    monkeypatch.setattr(levels, "COARSEST", 256)
    monkeypatch.setattr(asking_job, "EVERY_SECONDS", 0)
    (tmp_path / "images").mkdir()
    Image.fromarray(np.zeros((600, 1000, 3), np.uint8)).save(tmp_path / "images" / "large.png")
    create_project(tmp_path / "project", tmp_path / "images", ["cat"])
    with halfway_installed(), Project(tmp_path / "project") as opened:
        yield opened


def asked(project: Project, folder: Path) -> Json:
    """The answer about the large image, after its process has reported each part."""
    (folder / ANSWERS_FOLDER).mkdir(parents=True)
    request = {"event": "e", "project": str(project.folder), "role": "halfway", "images": [1], "examples": True}
    request["weights"] = "halfway-1"
    (folder / REQUEST).write_text(json.dumps(request))
    said = Said()
    result = ask_images(folder, said)  # type: ignore[arg-type]
    assert result == {"role": "halfway", "skipped": []}
    assert [round(progress, 3) for progress, _ in said.reports] == [0, 0, 0.333, 0.667, 1]
    return read_answer(folder, 1)


@pytest.mark.parametrize("are_made", [True, False])
def test_all_parts_are_answered(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, are_made: bool
) -> None:
    with project.changing() as log:
        row = Snapshot("a", 1, 1, "accepted", {"type": "point", "x": 900, "y": 100})
        log.append(Request("r", "edit", "point", {}, 1), Outcome((AnnotationChange(None, row),)))
        image = log.image(1)
    made: list[Path] = []
    make = level_cache.make_levels
    monkeypatch.setattr(level_cache, "make_levels", lambda *each: (made.append(each[1]), make(*each)))
    if are_made:
        large = LargeImages(project, 10**9)
        until(lambda: large.progress(image) == 1)
        large.close()
    answer = asked(project, tmp_path / "job")
    assert answer["targets"] == ["a", ""]
    np.testing.assert_allclose(answer["points_xy"], [[700, 200], [100, 500]], atol=1e-3)
    assert len(made) == 1, "levels are made once"
    in_project = [*(project.folder / FOLDER).glob("*")] if (project.folder / FOLDER).exists() else []
    assert bool(in_project) == are_made, "the job writes nothing into the project"

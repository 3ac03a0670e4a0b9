import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fewclicks.jobs.kinds import JobKind
from fewclicks.jobs.runner import JobRunner
from fewclicks.store.project import Project, create_project

COUNTING = JobKind("count", (sys.executable, str(Path(__file__).with_name("counting.py"))))


def plan(to: int, seconds: float = 0.0, **more: Any) -> Callable[[Path], None]:
    """What fills the folder of a counting job."""

    def prepare(folder: Path) -> None:
        (folder / "plan.json").write_text(json.dumps({"to": to, "seconds": seconds} | more))

    return prepare


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "images" / "a.png")
    create_project(tmp_path / "project", tmp_path / "images", ["cat"])
    return tmp_path / "project"


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with Project(folder) as opened:
        yield opened


@pytest.fixture
def runner(project: Project) -> Iterator[JobRunner]:
    made = JobRunner(project)
    yield made
    made.close()

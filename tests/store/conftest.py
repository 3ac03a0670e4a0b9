from collections.abc import Iterator
from pathlib import Path

import pytest

from fewclicks.store.project import Project, create_project

from .pictures import save_pictures


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return save_pictures(tmp_path / "images", "a.png", "b.png", "c.png")


@pytest.fixture
def folder(tmp_path: Path, images: Path) -> Path:
    create_project(tmp_path / "project", images, ["cat", "dog"])
    return tmp_path / "project"


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with Project(folder) as opened:
        yield opened

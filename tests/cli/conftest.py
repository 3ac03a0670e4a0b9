from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fewclicks.store.project import create_project

from .program import Program


@pytest.fixture
def fewclicks(capsys: pytest.CaptureFixture[str]) -> Program:
    return Program(capsys)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, name in enumerate(("a.png", "b.jpg")):
        pixels = np.random.default_rng(number).integers(0, 255, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


@pytest.fixture
def project(tmp_path: Path, images: Path) -> Path:
    create_project(tmp_path / "project", images, ["cat", "dog"])
    return tmp_path / "project"

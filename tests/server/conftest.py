from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project, create_project

from .api import Api
from .colour_model import ColourModel


def save_picture(path: Path, number: int = 0) -> None:
    """A red square at 8..24 and a blue one at (32..56, 24..40) on gray noise, 64x48."""
    noise = np.random.default_rng(number).integers(100, 140, (48, 64, 3), dtype=np.uint8)
    noise[8:24, 8:24] = (220, 30, 30)
    noise[24:40, 32:56] = (30, 30, 220)
    Image.fromarray(noise).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = tmp_path / "project" / "images"
    images.mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.png", "c.png")):
        save_picture(images / name, number)
    create_project(tmp_path / "project", images, ["cat", "dog"])
    return tmp_path / "project"


@pytest.fixture
def project(folder: Path) -> Project:
    return Project(folder)


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    app = create_app(project, {"segment": ColourModel()}, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def api(client: TestClient) -> Api:
    return Api(client)

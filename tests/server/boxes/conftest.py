"""A project whose images have five red squares above three blue boxes, and a model of boxes that can fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.application.workspace import Workspace
from fewclicks.model import COMPLETE, Encoding, Options
from fewclicks.prompts import Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project, create_project

from ..blob_model import BlobModel, BlobResponse, Pixels
from ..colour_model import ColourModel
from .clicking import BLUE, RED

BROKEN: list[bool] = []


@dataclass(frozen=True)
class FailingModel(BlobModel):
    def respond(
        self,
        encoding: Encoding[Pixels],
        prompts: Prompts,
        previous: BlobResponse | None = None,
        options: Options = COMPLETE,
    ) -> BlobResponse:
        if BROKEN:
            raise RuntimeError("out of memory")
        return super().respond(encoding, prompts, previous, options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures 64x48 with five red squares of 6 pixels above three blue boxes of 10x8; the last has no blue."""
    images = tmp_path / "project" / "images"
    images.mkdir(parents=True)
    for name in ("a.png", "b.png", "c.png"):
        picture = np.full((48, 64, 3), 128, np.uint8)
        for x, y in RED:
            picture[y : y + 6, x : x + 6] = (220, 30, 30)
        for x, y in BLUE if name != "c.png" else []:
            picture[y : y + 8, x : x + 10] = (30, 30, 220)
        Image.fromarray(picture).save(images / name)
    create_project(tmp_path / "project", images, ["cat", "dog"])
    return tmp_path / "project"


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    models = {"segment": ColourModel(), "detect": FailingModel()}
    app = create_app(project, models, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened
    BROKEN.clear()


@pytest.fixture
def workspace(client: TestClient) -> Workspace:
    found: Workspace = client.app.state.workspace  # type: ignore[attr-defined]
    return found

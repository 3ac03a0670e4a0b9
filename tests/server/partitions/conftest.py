"""A model of partitions that can fail."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from fewclicks.model import COMPLETE, Encoding, Options
from fewclicks.prompts import Prompts, Scribble
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project

from ..colour_model import ColourModel
from ..nearest_model import NearestModel, NearestResponse

BROKEN: list[bool] = []


@dataclass(frozen=True)
class FailingModel(NearestModel):
    """Cannot answer a scribble that begins at the left edge."""

    def respond(
        self,
        encoding: Encoding[None],
        prompts: Prompts,
        previous: NearestResponse | None = None,
        options: Options = COMPLETE,
    ) -> NearestResponse:
        scribbles = [prompt for prompt in prompts.all if isinstance(prompt, Scribble)]
        if BROKEN and any(scribble.points_xy[0][0] == 0.5 for scribble in scribbles):
            raise RuntimeError("out of memory")
        return super().respond(encoding, prompts, previous, options)


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    models = {"segment": ColourModel(), "regions": FailingModel()}
    with TestClient(
        create_app(project, models, Settings(encode_ahead=False)),
        base_url="http://127.0.0.1:8000",
        raise_server_exceptions=False,
    ) as opened:
        yield opened
    BROKEN.clear()

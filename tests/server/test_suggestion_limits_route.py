"""The limits of the latest learning round, as the page reads them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from fewclicks.methods.registry import open_shipped
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project

from .api import Api, Json


@pytest.fixture
def api(project: Project) -> Iterator[Api]:
    app = create_app(project, {"detect": open_shipped("detect")}, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield Api(client)


def end_round(project: Project, result: Json) -> None:
    with project.changing() as log:
        row = JobRow("round detect", datetime(2026, 1, 1), state="done", result=result)
        log.jobs.put(replace(row, id=log.jobs.add(row)))


def test_the_limits_are_those_of_the_latest_round(api: Api, project: Project) -> None:
    assert api.get("rounds/limits") == {"weights": "", "limits": {}}
    end_round(project, {"weights": "detect-1-ab"})
    assert api.get("rounds/limits") == {"weights": "detect-1-ab", "limits": {}}, "a round of an earlier fewclicks"
    end_round(project, {"weights": "detect-2-cd", "limits": {1: 0.25, 2: 1.5}})
    assert api.get("rounds/limits") == {"weights": "detect-2-cd", "limits": {"1": 0.25, "2": 1.5}}

"""A request that comes twice, because its response was lost, has one effect and the same response."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from fewclicks.formats import get_format
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.datasets import import_dataset
from fewclicks.store.events import Verb
from fewclicks.store.project import Project
from halfway import halfway_installed

from .api import Api, Json, until
from .verbs import JOBS, LABELS, LARGE, MORE, REQUESTS, SMALL, labels, make_project, make_quick, models, training


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(make_project(tmp_path / "project"))


@pytest.fixture
def api(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    make_quick(monkeypatch.setattr)
    with halfway_installed():
        app = create_app(project, models(), Settings(encode_ahead=False))
        with TestClient(app, base_url="http://127.0.0.1:80") as client:
            yield Api(client)


def add_labels(project: Project, folder: Path) -> int:
    """Import the same file as before; how many objects that added."""
    file = folder / LABELS
    file.write_text(json.dumps(labels(Random(1))))
    return import_dataset(project, get_format("coco").read(file), file=LABELS).added


def state(api: Api) -> Json:
    jobs = [[job and job["id"], job and job["kind"]] for job in [api.get("models/detect")["job"]]]
    images = [api.get(f"images/{image}") for image in (*SMALL, LARGE)]
    return {"images": images, "classes": api.get("project")["classes"], "imports": api.get("imports"), "jobs": jobs}


def test_every_verb_is_among_the_requests() -> None:
    assert REQUESTS.keys() - MORE == {*get_args(Verb)} - {"import", "rename"}


@pytest.mark.parametrize("verb", REQUESTS)
def test_a_repeated_request_has_one_effect(api: Api, project: Project, tmp_path: Path, verb: str) -> None:
    add_labels(project, tmp_path)
    request = REQUESTS[verb](api, Random(1))
    first = request.to(api)
    assert first.status_code == 200, first.text
    if verb == "ask":
        until(lambda: api.get("jobs/1")["state"] == "done", seconds=60)
    after = state(api)
    second = request.to(api)
    assert second.status_code == 200, second.text
    if verb == "rest":
        assert second.json()["change"] == first.json()["change"] is not None
    elif verb in JOBS:
        assert second.json()["id"] == first.json()["id"] == 1
    else:
        assert second.json() == first.json()
    assert state(api) == after
    with project.reading() as log:
        times = [event.request.id for event in log.events()].count(request.body["id"])
        assert times == (0 if verb in JOBS else 1)


def test_the_same_file_is_imported_once(project: Project, tmp_path: Path) -> None:
    assert [add_labels(project, tmp_path) > 0 for _ in range(2)] == [True, False]
    with project.reading() as log:
        assert len(log.events("import")) == 1
    project.close()


def test_a_job_is_resumed_once_and_its_request_starts_no_other(api: Api) -> None:
    request = training(api, Random(1))
    job = request.to(api).json()["id"]
    api.client.post(f"/api/jobs/{job}/cancel", json={})
    resume = {"id": "again"}
    assert api.client.post(f"/api/jobs/{job}/resume", json=resume).json()["id"] == job
    api.client.post(f"/api/jobs/{job}/cancel", json={})
    for repeated in (request.to(api), api.client.post(f"/api/jobs/{job}/resume", json=resume)):
        assert (repeated.json()["id"], repeated.json()["state"]) == (job, "cancelled")

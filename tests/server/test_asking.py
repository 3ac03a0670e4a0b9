"""A model asked about many images: a job whose answers become suggestions, as one event."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.methods.registry import get_role, open_model
from fewclicks.model import AnyModel
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.checking import check_project
from fewclicks.store.project import Project, create_project
from halfway import halfway_installed

from .api import Api, Json, annotation, until
from .colour_model import ColourModel
from .test_points import CAT, add, places, point, present, take

IMAGES = 5
BROKEN = 5
RED = (220, 30, 30)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Five gray images with two red squares each; the last one cannot be opened any more."""
    images = tmp_path / "project" / "images"
    images.mkdir(parents=True)
    for number in range(IMAGES):
        pixels = np.full((48, 64, 3), 100 + number, np.uint8)
        pixels[4:12, 4:12] = pixels[30:38, 40:52] = RED
        Image.fromarray(pixels).save(images / f"{number}.png")
    create_project(tmp_path / "project", images, ["cat", "dog"])
    (images / f"{IMAGES - 1}.png").write_bytes(b"no image")
    with halfway_installed():
        yield tmp_path / "project"


@contextmanager
def serving(folder: Path) -> Iterator[Api]:
    models = {name: open_model(get_role(name), {}) for name in ("halfway", "blobs")}
    models["segment"] = cast(AnyModel, ColourModel())
    app = create_app(Project(folder), models, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield Api(client)


@pytest.fixture
def api(folder: Path) -> Iterator[Api]:
    with serving(folder) as opened:
        yield opened


def start(api: Api, method: str = "halfway", **values: object) -> Json:
    return api.ok("jobs/ask", {"method": method} | values)


def ended(api: Api, job: Json) -> Json:
    deadline = time.monotonic() + 60
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
        job = api.get(f"jobs/{job['id']}")
    return job


def answered(project: Path) -> int:
    return len(list((project / "jobs").glob("*/answers/*.json")))


def skipped(job: Json) -> dict[str, int]:
    return {each["reason"]: each["images"] for each in job["result"]["skipped"]}


def test_every_image_gets_suggestions_as_one_event(api: Api, folder: Path) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 16, 10)
    add(api, "c", 12, 10, 2)
    job = ended(api, start(api))
    assert (job["kind"], job["state"], job["progress"], job["message"]) == ("ask halfway", "done", 1, "")
    result = job["result"]
    assert (result["role"], result["weights"], result["images"]) == ("halfway", "halfway-1", 4)
    assert (result["moves"], result["suggestions"]) == (3, 4 * 2)  # two reflections lie at the same place
    (reason,) = result["skipped"]
    assert (reason["images"], reason["first"]) == (1, "4.png")
    assert reason["reason"].startswith("not an image in a supported format")
    assert [len(present(api, image)["moves"]) for image in (1, 2, 3)] == [2, 1, 0]
    (batch,) = api.get("batches")
    assert (batch["event"], batch["kind"], batch["images"]) == (result["event"], "halfway points", 4)
    assert not (folder / "jobs" / str(job["id"])).exists()
    (problem,) = check_project(folder)
    assert "4.png: not an image in a supported format" in problem


def test_it_is_undone_as_a_whole_after_other_work(api: Api, folder: Path) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 50, 40)
    event = ended(api, start(api))["result"]["event"]
    found = present(api, 2)["points"]
    take(api, image=2, id="t", points=[found[0]])
    since = api.ok("images/3/respond", {"method": "halfway"})["proposals"]["points"]
    undone = api.ok(f"batches/{event}/undo", {"id": "back"})
    assert undone == {"event": event, "kind": "halfway points", "restored": 0, "images": 3, "kept": 1}
    assert set(places(api, 2)) == {"t-0"}, "what a person accepted stays"
    assert api.get("images/1")["proposals"]["points"] == api.get("images/2")["proposals"]["points"] == []
    assert [present(api, 3)] == since, "another answer since"
    (problem,) = check_project(folder)
    assert "4.png: not an image in a supported format" in problem


def test_the_images_are_chosen(api: Api) -> None:
    add(api, "a", 12, 10)
    add(api, "b", 50, 40)
    assert ended(api, start(api, images="annotated"))["result"]["images"] == 1
    assert api.get("images/2")["proposals"]["points"] == []
    job = ended(api, start(api, images="unannotated"))
    assert (job["result"]["images"], job["result"]["moves"], job["result"]["suggestions"]) == (3, 0, 6)
    assert ended(api, start(api, images="unannotated", examples=False))["result"]["suggestions"] == 0


def test_a_model_of_boxes_finds_objects_everywhere(api: Api) -> None:
    clicks = [{"type": "class_click", "x": x, "y": y, "class_id": CAT} for x, y in ((6, 6), (45, 35))]
    api.ok("images/1/respond", {"method": "blobs", "prompts": clicks})
    job = ended(api, start(api, "blobs"))
    assert (job["result"]["images"], job["result"]["suggestions"], job["result"]["moves"]) == (4, 8, 0)
    assert [len(api.get(f"images/{image}")["proposals"]["boxes"]) for image in range(1, 5)] == [2] * 4
    api.ok(f"batches/{job['result']['event']}/undo", {})
    assert [len(api.get(f"images/{image}")["proposals"]["boxes"]) for image in range(1, 5)] == [2, 0, 0, 0]


def test_cancelled_it_goes_on_from_there_and_tells_the_time_left(
    api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALFWAY_SECONDS", "2")
    add(api, "a", 12, 10)
    job = start(api)
    until(lambda: answered(folder) > 0, seconds=60)
    until(lambda: api.get(f"jobs/{job['id']}")["message"].endswith("left"), seconds=60)
    seen = api.get(f"jobs/{job['id']}")
    assert re.fullmatch(r"image [2-5] of 5, about [0-9]+ s left", seen["message"])
    assert 0 < seen["progress"] < 1
    cancelled = api.client.post(f"/api/jobs/{job['id']}/cancel", json={}).json()
    assert (cancelled["state"], cancelled["resumable"]) == ("cancelled", True)
    assert api.get("batches") == [], "all or nothing"
    before = answered(folder)
    assert 1 <= before < 4
    monkeypatch.setenv("HALFWAY_SECONDS", "0")
    done = ended(api, api.ok(f"jobs/{job['id']}/resume", {}))
    assert (done["state"], done["result"]["images"]) == ("done", 4)
    assert len(api.get("batches")) == 1


def test_images_that_change_while_the_model_works_are_skipped(
    api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALFWAY_SECONDS", "1")
    add(api, "a", 12, 10)
    job = start(api)
    until(lambda: answered(folder) > 0, seconds=60)
    api.edit(annotation("a", point(20, 20)), "move")
    add(api, "b", 50, 40, 4)
    done = ended(api, job)
    assert done["result"]["images"] == 3
    assert skipped(done)["changed while the model worked"] == 1
    assert api.get("images/1")["proposals"]["points"] == []
    assert len(present(api, 4)["moves"]) == 1, "it was asked after the change"


def test_an_interrupted_job_goes_on_in_the_next_session(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALFWAY_SECONDS", "1")
    with serving(folder) as api:
        job = start(api, id="once")
        until(lambda: answered(folder) > 0, seconds=60)
    monkeypatch.setenv("HALFWAY_SECONDS", "0")
    with serving(folder) as api:
        assert api.get(f"jobs/{job['id']}")["state"] == "interrupted"
        assert start(api, id="once")["id"] == job["id"], "a repeated request starts nothing"
        assert ended(api, api.ok(f"jobs/{job['id']}/resume", {}))["result"]["images"] == 4


def test_answers_of_a_version_that_is_not_active_any_more_are_not_stored(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = "another version of the model 'halfway' is active now; start the job again"
    monkeypatch.setenv("HALFWAY_SECONDS", "0.2")
    job = start(api)
    monkeypatch.setattr("fewclicks_halfway.VERSION", "halfway-2")
    job = ended(api, job)
    assert (job["state"], job["message"]) == ("done", problem)
    job = ended(api, start(api))  # its process opens the other version
    assert (job["state"], job["message"]) == ("failed", problem)
    assert api.get("batches") == []


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"method": "segment"}, 422, "these images have no accepted box"),
        ({"method": "halfway", "class_id": 1}, 422, "the model 'halfway' cannot be limited to one class"),
        ({"method": "nobody"}, 404, "no model 'nobody'"),
        ({"method": "halfway", "images": "annotated"}, 422, "the project has no annotated images"),
        ({"method": "halfway", "images": "some"}, 422, "'all', 'annotated' or 'unannotated'"),
    ],
)
def test_requests_that_make_no_sense_are_refused(api: Api, body: Json, status: int, problem: str) -> None:
    assert problem in api.refused("jobs/ask", body, status)
    assert api.client.get("/api/jobs/1").status_code == 404

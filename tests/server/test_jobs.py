"""Training as the page sees it: what is missing, progress, cancelling, going on; and which model answers."""

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from fastapi.testclient import TestClient

from fewclicks.jobs.kinds import INSTALL, JobKind, training_of
from fewclicks.methods.registry import get_role, shipped_files
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.jobs import JobRow
from fewclicks.store.project import Project
from jobs.coins import make_coins

from .api import Api
from .blob_model import BlobModel
from .test_process import running

TRAINING = training_of("detect")
CARD = ("summary", "data", "licence", "figures")
COUNTING = Path(__file__).parents[1] / "jobs" / "counting.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_coins(tmp_path / "project", 9, 8)


@pytest.fixture
def api(folder: Path) -> Iterator[Api]:
    app = create_app(Project(folder), {"detect": BlobModel()}, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield Api(client)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of a training is to count slowly to a thousand: the routes do not know what work it is."""
    program = f"import sys, json, runpy; open(sys.argv[1] + '/plan.json', 'w').write({json.dumps(PLAN)!r}); "
    program += f"runpy.run_path({str(COUNTING)!r}, run_name='__main__')"
    train_by(JobKind(TRAINING.name, (sys.executable, "-c", program)), monkeypatch)


def train_by(kind: JobKind, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("application.train.training_of", "jobs.kinds.kind_of"):
        monkeypatch.setattr(f"fewclicks.{name}", lambda _name: kind)


PLAN = {"to": 1000, "seconds": 0.05}


WAITING = """
import json, time
from fewclicks.jobs.worker import run_job

def work(folder, reporter):
    request = json.loads((folder / "request.json").read_text())
    while not (folder / "go").exists():
        time.sleep(0.02)
    return {"role": "detect", "version": "detect-3", "replaces": request["replaces"]}

run_job(work)
"""


@pytest.fixture
def three_versions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three versions, and a training that makes the third one once the file `go` is in its folder."""
    files = shipped_files(get_role("detect"))
    assert files is not None
    (folder / "models").mkdir()
    for number in (1, 2, 3):
        for suffix, path in {**files, ".json": card_file()}.items():
            copyfile(path, folder / "models" / f"detect-{number}{suffix}")
    train_by(JobKind(TRAINING.name, (sys.executable, "-c", WAITING)), monkeypatch)


def choose(api: Api, version: str | None, **before: str | None) -> Any:
    return api.client.put("/api/models/detect", json={"version": version, **before})


def card_file() -> Path:
    """The card of the shipped model."""
    files = shipped_files(get_role("detect"))
    assert files is not None
    return files[".onnx"].with_suffix(".json")


def wait_until_running(api: Api) -> dict[str, Any]:
    return wait_for(api, "running", "done")


def wait_for(api: Api, *states: str) -> dict[str, Any]:
    for _ in range(400):
        job = dict(api.get("models/detect")["job"])
        if job["state"] in states:
            return job
        time.sleep(0.1)
    raise AssertionError(job)


def test_what_is_missing_is_told_and_training_refused(api: Api) -> None:
    answer = api.get("models/detect")
    (shipped,) = answer["models"]
    card = json.loads(card_file().read_text(encoding="utf-8"))
    assert {name: shipped[name] for name in CARD} == {name: card[name] for name in CARD}
    assert (shipped["version"], shipped["made_at"], shipped["problem"], answer["job"]) == (None, None, None, None)
    assert shipped["megabytes"] == pytest.approx(4.3, abs=0.3)
    assert (answer["chosen"], answer["weights"]) == (None, "blob-1")
    assert answer["training"]["missing"] == ""
    api.status("todo", image=1)
    training = api.get("models/detect")["training"]
    assert (training["finished"], training["needed"], training["boxes"]) == (7, 8, 21)
    assert training["missing"] == "7 of at least 8 images are finished; set 1 more image to done"


def refused(api: Api, path: str, body: dict[str, Any], status: int) -> str:
    answer = api.client.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"]["message"])


def test_a_model_that_a_project_cannot_train_is_named(api: Api) -> None:
    assert "'segment' cannot be trained" in refused(api, "jobs", {"method": "segment"}, 422)


def test_bad_requests_are_refused_in_one_line(api: Api, counting: None) -> None:
    assert "minutes" in refused(api, "jobs", {"minutes": 0}, 422)
    assert (
        refused(api, "jobs", {"minutes": 1, "steps": 1}, 422)
        == "expected either minutes or steps for a training run; use one of them"
    )
    assert refused(api, "jobs", {"settings": {"side": 8}}, 422) == "side: Input should be greater than or equal to 32"
    assert refused(api, "jobs", {"settings": {"colour": 1}}, 422).startswith(
        "training of 'detect' has no setting 'colour'"
    )
    assert refused(api, "jobs/7/cancel", {}, 404) == "no job 7 in this project; reload the page"
    assert refused(api, "jobs/7/resume", {}, 404) == "no job 7 in this project; reload the page"
    assert api.client.get("/api/models/nobody").status_code == 404
    assert api.get("models/segment")["training"] is None
    answer = api.client.put("/api/models/detect", json={"version": "detect-1"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "no version 'detect-1' of the model 'detect'; choose another version"
    for strange in ("../detect-1", "detect-0", "x"):
        assert api.client.put("/api/models/detect", json={"version": strange}).status_code == 404
    api.status("todo", image=1)
    assert "set 1 more image to done" in refused(api, "jobs", {"minutes": 1}, 422)
    assert api.get("models/detect")["job"] is None


def test_without_the_packages_it_says_how_to_get_them(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    train_by(JobKind(TRAINING.name, ("false",), ("a_package_that_is_not_there",)), monkeypatch)
    assert api.get("models/detect")["training"]["install"] == INSTALL
    assert refused(api, "jobs", {}, 409) == f"packages for training are missing; install them with: {INSTALL}"


def test_started_cancelled_and_taken_up_again(api: Api, counting: None) -> None:
    first = api.client.post("/api/jobs", json={"minutes": 1}).json()
    assert (first["id"], first["kind"], first["state"]) == (1, "train detect", "waiting")
    assert refused(api, "jobs", {"minutes": 1}, 409) == "a job is running already; wait for its end or cancel it"
    job = wait_until_running(api)
    assert (job["state"], job["message"][:10], job["resumable"]) == ("running", "counted to", False)
    assert 0 < job["progress"] < 1
    assert job["curve"][0] == [1.0, 1.0]
    cancelled = api.client.post("/api/jobs/1/cancel", json={}).json()
    assert (cancelled["state"], cancelled["resumable"]) == ("cancelled", True)
    resumed = api.client.post("/api/jobs/1/resume", json={}).json()
    assert (resumed["id"], resumed["state"]) == (1, "waiting")
    assert wait_until_running(api)["progress"] >= cancelled["progress"]
    api.client.post("/api/jobs/1/cancel", json={})


def test_the_settings_of_a_request_reach_the_job(api: Api, folder: Path, counting: None) -> None:
    offered = {each["name"]: each["default"] for each in api.get("models/detect")["training"]["settings"]}
    assert offered == {"minutes": 10.0, "steps": None, "side": 448, "batch": 4, "seed": 0}
    assert api.client.post("/api/jobs", json={"settings": {"steps": 3, "side": 96, "seed": 5}}).status_code == 200
    request = json.loads(next(folder.rglob("request.json")).read_text(encoding="utf-8"))
    expected = {"minutes": None, "steps": 3, "seed": 5, "settings": {"side": 96}}
    assert {name: request[name] for name in expected} == expected
    api.client.post("/api/jobs/1/cancel", json={})


def test_the_project_tells_what_it_can_train(api: Api, three_versions: None) -> None:
    trainable = {"name": "detect", "summary": api.get("methods")[0]["summary"], "task": "boxes", "trained": False}
    assert api.get("project")["trainable"] == [trainable]
    choose(api, "detect-1")
    assert api.get("project")["trainable"] == [trainable | {"trained": True}]


def test_a_model_without_a_version_can_be_trained(folder: Path) -> None:
    app = create_app(Project(folder), None, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        project = client.get("/api/project").json()
    assert "suggest" not in {each["name"] for each in project["methods"]}
    assert {"name": "suggest", "task": "points", "trained": False}.items() <= project["trainable"][-1].items()


def test_a_choice_names_the_version_that_it_replaces(api: Api, three_versions: None) -> None:
    assert choose(api, "detect-1", before=None).json()["chosen"] == "detect-1"
    refusal = choose(api, "detect-2", before=None)
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (409, "outdated")
    message = "another page has chosen version 'detect-1' of the model 'detect'; choose again"
    assert refusal.json()["error"]["message"] == message
    assert api.get("models/detect")["chosen"] == "detect-1"
    assert choose(api, "detect-1", before=None).status_code == 200, "both chose the same version"
    assert choose(api, "detect-2", before="detect-1").json()["chosen"] == "detect-2"
    assert choose(api, None, before="detect-2").json()["chosen"] is None
    assert "the shipped version of" in choose(api, "detect-1", before="detect-2").json()["error"]["message"]
    assert choose(api, "detect-1").json()["chosen"] == "detect-1", "a client that names no version is not checked"


@pytest.mark.parametrize(
    ("first", "then", "named"), [("detect-1", None, "the shipped version"), (None, "detect-2", "'detect-2'")]
)
def test_a_training_replaces_only_the_version_that_was_active_at_its_start(
    api: Api, folder: Path, three_versions: None, first: str | None, then: str | None, named: str
) -> None:
    choose(api, first)
    advice = "choose 'detect-3' in the model panel to use it"
    for chosen, active, message in (
        (first, "detect-3", ""),
        (then, then, f"{named} was chosen during the training run, so it stays active; {advice}"),
    ):
        choose(api, first)
        job = api.client.post("/api/jobs", json={"minutes": 1}).json()["id"]
        choose(api, chosen)
        (folder / "jobs" / str(job) / "go").touch()
        ended = wait_for(api, "done")
        answer = api.get("models/detect")
        assert (answer["chosen"], ended["message"]) == (active, message)
        assert "detect-3" in [each["version"] for each in answer["models"]]


def test_closing_the_server_interrupts_the_training(folder: Path, counting: None) -> None:
    for state in ("interrupted", "interrupted"):
        app = create_app(Project(folder), {"detect": BlobModel()}, Settings(encode_ahead=False))
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            api = Api(client)
            last = api.get("models/detect")["job"]
            path = "jobs" if last is None else "jobs/1/resume"
            assert client.post(f"/api/{path}", json={}).status_code == 200
            wait_until_running(api)
        with Project(folder) as project, project.reading() as log:
            (row,) = log.jobs.all()
            assert row.state == state


def test_a_stream_tells_the_latest_job_and_ends_with_the_server(folder: Path) -> None:
    with Project(folder) as project, project.changing() as log:
        log.jobs.add(JobRow("train detect", datetime(2026, 1, 1), state="failed", message="too hot"))
    with running(folder) as (server, api):
        with api.client.stream("GET", "/api/jobs/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines) == "event: job"
            job = json.loads(next(lines).removeprefix("data: "))
            assert (job["state"], job["message"], job["resumable"]) == ("failed", "too hot", False)
            server.terminate()
            assert [line for line in lines if line] == []
        assert server.wait(10) == 0

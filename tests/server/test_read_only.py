"""A project without permission to write: it is opened, shown, checked, copied and exported, and nothing is written."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient

from fewclicks.cli import run
from fewclicks.errors import StorageError
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.backup import back_up, restore
from fewclicks.store.checking import check_project
from fewclicks.store.project import READ_ONLY, Project
from halfway import halfway_installed
from permissions import make_read_only, obeying_permissions

from .api import RED_BOX, Api, annotation, box_shape
from .verbs import LARGE, POINTS, REQUESTS, make_project, make_quick, models

SUGGESTED = {"x": 5, "y": 5, "class_id": 1, "score": 0.5}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_quick(monkeypatch.setattr)
    folder = make_project(tmp_path / "project")
    with Project(folder) as project, project.changing() as log:
        log.set_problem(1, "not an image")  # it may be fixed by now
    make_read_only(folder)
    return folder


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def served(folder: Path, work: Callable[[Api], None]) -> None:
    before = content(folder)

    def serve() -> None:
        with TestClient(
            create_app(Project(folder), models(), Settings(encode_ahead=False)), base_url="http://127.0.0.1:80"
        ) as client:
            work(Api(client))

    with halfway_installed():
        obeying_permissions(serve)
    assert content(folder) == before


def test_it_is_shown_and_exported(folder: Path) -> None:
    def look(api: Api) -> None:
        assert api.get("project")["read_only"] is True
        assert len(api.get("images/1")["annotations"]) == 3
        assert api.client.get("/api/images/1/file").status_code == 200
        assert api.get(f"images/{LARGE - 1}/tiles")["progress"] <= 1
        assert len(api.client.get("/api/export?format=coco").json()["annotations"]) == 24
        assert api.get("models/detect")["job"] is None

    served(folder, look)


def test_every_change_is_refused_in_one_sentence(folder: Path) -> None:
    def change(api: Api) -> None:
        for path, body in (
            ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape())]}),
            ("images/1/respond", {"annotation_id": "o", "class_id": 1, "method": "segment", "prompts": [RED_BOX]}),
            ("images/1/advance", {"method": "detect"}),
            ("undo", {}),
            ("imports/1/undo", {}),
            ("images/1/respond", {"method": POINTS}),
            ("images/1/take-points", {"kind": "accept", "method": POINTS, "points": [SUGGESTED]}),
            ("moves/accept", {}),
            ("batches/1/undo", {}),
            ("jobs/ask", {"method": POINTS}),
        ):
            assert READ_ONLY in api.refused(path, body, 507)
        asked = api.client.post("/api/questions/next", json={"holder": "page", "count": 1, "refresh": True})
        assert READ_ONLY in asked.json()["error"]["message"]
        for verb in ("take", "status", "classes", "job"):
            answer = REQUESTS[verb](api, Random(1)).to(api)
            assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage")
        answer = api.client.put("/api/models/detect", json={"version": None})
        assert READ_ONLY in answer.json()["error"]["message"]

    served(folder, change)


def test_two_processes_may_open_it(folder: Path) -> None:
    def open_twice() -> None:
        with closing(Project(folder)) as one, closing(Project(folder)) as other:
            assert one.read_only
            assert other.read_only

    obeying_permissions(open_twice)


def test_it_is_exported_checked_and_copied_by_commands(folder: Path, tmp_path: Path) -> None:
    before, to = content(folder), tmp_path / "labels.json"
    assert obeying_permissions(lambda: run(["export", str(folder), "--to", str(to)])) == 0
    assert len(json.loads(to.read_text())["annotations"]) == 24
    assert obeying_permissions(lambda: check_project(folder)) == []
    obeying_permissions(lambda: back_up(folder, tmp_path / "copy.db"))
    restore(tmp_path / "copy.db", tmp_path / "again")
    assert content(folder) == before


def test_an_import_is_refused_in_one_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text('{"images": [], "categories": [], "annotations": []}')
    assert obeying_permissions(lambda: run(["import", str(folder), str(labels)])) == 1
    assert capsys.readouterr().err == f"fewclicks: {folder}: {READ_ONLY}\n"


def test_a_file_that_alone_is_read_only_is_enough(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    (folder / "project.db").chmod(0o444)

    def change() -> None:
        with closing(Project(folder)) as project, project.changing():
            pass

    with pytest.raises(StorageError, match="this project is read-only"):
        obeying_permissions(change)

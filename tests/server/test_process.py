"""A real server in a real process: killed, stopped, started twice, out of disk, and asked by several at once."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from fewclicks.store.project import Project
from fewclicks.store.replay import replay_log

from .api import RED_BOX, Api, annotation, box_shape, click

SCRIPT = Path(__file__).with_name("serve_colour.py")
Server = subprocess.Popen[str]


def start(folder: Path, *more: str) -> Server:
    command = [sys.executable, str(SCRIPT), str(folder), *(more or ("0",))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def running(folder: Path, *more: str) -> Iterator[tuple[Server, Api]]:
    with start(folder, *more) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.search(r"http://[\d.:]+/", line)
            assert found is not None, line
            with httpx.Client(base_url=found[0], timeout=20) as client:
                yield server, Api(client)
        finally:
            server.kill()


def state(api: Api) -> object:
    return api.get("images"), [api.annotations(image) for image in (1, 2, 3)], api.get("images/1")["history"]


def test_killed_in_the_middle_it_comes_back_with_everything_it_acknowledged(folder: Path) -> None:
    with running(folder) as (server, api):
        made = api.respond("o", RED_BOX, seconds=4)["annotations"][0]
        api.edit(made | {"state": "accepted"}, "accept")
        api.respond("q", click(40, 30), image=2)
        api.undo(2)
        acknowledged: list[str] = []

        def work(name: str) -> None:
            for number in range(200):
                try:
                    api.respond(f"{name}{number}", click(40, 30), image=3)
                except httpx.HTTPError:
                    return
                acknowledged.append(f"{name}{number}")
                if len(acknowledged) == 12:
                    server.send_signal(signal.SIGKILL)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, "xyz"))
        assert server.wait(10) == -signal.SIGKILL
    assert len(acknowledged) >= 12
    with running(folder) as (_, api):
        assert [row["state"] for row in api.annotations(1)] == ["accepted"]
        assert api.annotations(2) == []
        assert {row["id"] for row in api.annotations(3)} >= set(acknowledged)
        before = state(api)
    with running(folder) as (_, api):
        assert state(api) == before
    with Project(folder) as project, project.reading() as log:
        assert replay_log(log.events()) == log.annotations(deleted=True)


def test_the_same_request_from_many_at_once_is_done_once(folder: Path) -> None:
    with running(folder) as (_, api):
        body = {"id": "same", "annotation_id": "o", "class_id": 1, "prompts": [RED_BOX], "seconds": 3}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: api.ok("images/1/respond", body), range(8)))
        assert all(answer == answers[0] for answer in answers)
        assert api.get("images/1")["image"]["seconds"] == 3
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda n: api.edit(annotation(f"p{n}", box_shape(n))), range(16)))
        assert len({answer["annotations"][0]["id"] for answer in made}) == 16
        for _ in range(17):
            api.undo()
        assert api.annotations() == []


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_ends_cleanly(folder: Path, sign: signal.Signals) -> None:
    with running(folder) as (server, api):
        api.respond("o", RED_BOX)
        server.send_signal(sign)
        assert server.wait(10) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""
    assert not (folder / "project.pid").exists()
    assert not (folder / "project.db-wal").exists()


def test_a_busy_port_is_one_line(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with start(folder, str(port)) as server:
            _, errors = server.communicate(timeout=60)
    assert errors == f"port {port} is in use; choose another one with --port, or 0 for a free one\n"
    assert server.returncode == 1


def test_a_project_that_another_server_has_open_is_one_line(folder: Path) -> None:
    with running(folder) as (first, api):
        with start(folder) as second:
            _, errors = second.communicate(timeout=60)
        assert errors == f"{folder}: the project is open in another process (pid {first.pid}); stop it first\n"
        assert api.get("health") == {"status": "ok"}


def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(folder: Path) -> None:
    stored: list[str] = []
    with running(folder, "0", "400000") as (_, api):
        for number in range(400):
            ring = [float(value % 40) for value in range(2000)] + [60.0, 3.0, 60.0, 40.0]
            shape = {"type": "polygons", "rings": [ring]}
            body = {"kind": "polygon", "annotations": [annotation(f"p{number}", shape)]}
            answer = api.post("images/1/edits", body)
            if answer.status_code != 200:
                break
            stored.append(f"p{number}")
        assert answer.status_code == 507
        assert answer.json()["error"]["code"] == "storage"
        assert "this change was not saved" in answer.json()["error"]["message"]
        assert [row["id"] for row in api.annotations()] == stored, "it goes on showing what there is"
    assert len(stored) > 3
    with running(folder) as (_, api):
        assert [row["id"] for row in api.annotations()] == stored
        api.edit(annotation("after", box_shape()))

"""`fewclicks serve` and `fewclicks demo` as processes: they answer, they stop, they refuse in one line."""

import json
import shutil
import signal
import socket
import time
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from fewclicks.store.project import Project, create_project

from .program import Program, one_line, serving, start


def get(url: str) -> Any:
    with urlopen(url, timeout=20) as answer:
        return json.load(answer)


def test_it_serves_and_stops_when_asked(project: Path) -> None:
    with serving("serve", project, "--port", 0, "--no-browser") as (server, url):
        assert get(f"{url}api/health") == {"status": "ok"}
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=20)
        assert (server.returncode, err) == (0, "")


def test_a_sample_project_is_served_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with serving("demo", "--project", folder, "--port", 0, "--no-browser") as (server, url):
        first = get(f"{url}api/images")
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=20)
    with serving("demo", "--project", folder, "--port", 0, "--no-browser") as (_, url):
        assert get(f"{url}api/images") == first


def test_every_start_of_the_sample_project_says_where_it_is(
    fewclicks: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fewclicks.server.run.serve", lambda *_: None)
    folder = tmp_path / "demo"
    first, second = (fewclicks.done("demo", "--project", folder) for _ in range(2))
    assert first == f"fewclicks: created the sample project in {folder}\n"
    assert second == f"fewclicks: opening the sample project in {folder}\n"


def test_a_project_without_classes_is_served_and_gets_its_first(tmp_path: Path, images: Path) -> None:
    create_project(tmp_path / "p", images)
    first = {"id": 1, "name": "cat", "color": "#e69f00", "policy": "", "overlaps": False}
    with serving("serve", tmp_path / "p", "--port", 0, "--no-browser") as (_, url):
        assert get(f"{url}api/project")["classes"] == []
        body = json.dumps({"id": "1", "classes": [first]}).encode()
        put = Request(f"{url}api/classes", body, {"Content-Type": "application/json"}, method="PUT")
        with urlopen(put, timeout=20) as answer:
            assert json.load(answer)["classes"] == [first]


def test_a_port_that_is_taken(fewclicks: Program, project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} is in use" in fewclicks.refused("serve", project, "--port", port, "--no-browser")


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("segment.int8.onnx", b"broken", "not a readable ONNX file"),
        ("segment_ranker.onnx", None, "file not found"),
        ("segment_ranker.onnx", b"broken", "not a readable ONNX file"),
        ("regions.encoder.onnx", None, "file not found"),
    ],
)
def test_weights_that_are_missing_or_broken(
    fewclicks: Program, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    file: str, content: bytes | None, says: str,
) -> None:  # fmt: skip
    shipped = Path(str(resources.files("fewclicks.methods"))) / "weights"
    spoilt = tmp_path / "weights" / file
    shutil.copytree(shipped, spoilt.parent)
    spoilt.unlink() if content is None else spoilt.write_bytes(content)
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    line = fewclicks.refused("serve", project, "--port", 0, "--no-browser")
    assert line.startswith(f"{spoilt}: {says}")
    Project(project).close()


def test_no_project(fewclicks: Program, tmp_path: Path) -> None:
    assert "fewclicks new" in fewclicks.refused("serve", tmp_path, "--port", 0, "--no-browser")
    assert list(tmp_path.iterdir()) == []


def test_a_project_that_is_open_elsewhere(fewclicks: Program, project: Path) -> None:
    with Project(project):
        assert "open in another process" in fewclicks.refused("serve", project, "--port", 0, "--no-browser")


def test_a_file_that_is_no_project(fewclicks: Program, tmp_path: Path) -> None:
    (tmp_path / "project.db").write_text("this is no database, whatever its name says" * 50)
    assert "not a fewclicks project" in fewclicks.refused("serve", tmp_path, "--port", 0, "--no-browser")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FEWCLICKS_PORT", "many", "FEWCLICKS_PORT"),
        ("FEWCLICKS_PORT", "70000", "FEWCLICKS_PORT"),
        ("FEWCLICKS_CACHE_MB", "0", "FEWCLICKS_CACHE_MB"),
        ("FEWCLICKS_HOST", "0.0.0.0", "expected 127.0.0.1 or localhost"),
    ],
)
def test_settings_that_cannot_be(
    fewclicks: Program, project: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    assert words in fewclicks.refused("serve", project, "--no-browser")


def test_killed_while_it_made_the_sample_project_nothing_is_half_there(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with start("demo", "--project", folder, "--port", 0, "--no-browser") as server:
        until = time.monotonic() + 60
        while not list(tmp_path.glob(".demo.*")) and time.monotonic() < until:
            time.sleep(0.002)
        server.kill()
    assert not folder.exists()
    with serving("demo", "--project", folder, "--port", 0, "--no-browser") as (_, url):
        assert get(f"{url}api/health") == {"status": "ok"}
    assert list(tmp_path.iterdir()) == [folder], "what was left is removed"


def test_an_error_of_a_process_is_one_line(tmp_path: Path) -> None:
    with start("serve", tmp_path / "nothing", "--no-browser", "--port", "0") as server:
        out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (1, "")
    assert "no project here" in one_line(err)

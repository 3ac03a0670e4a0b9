"""The program as a user runs it: in this process for what ends by itself, in another one for a server."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fewclicks.cli import run


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Program:
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Result:
        status = run([str(argument) for argument in arguments])
        out, err = self.capture.readouterr()
        return Result(status, out, err)

    def done(self, *arguments: object) -> str:
        """What it printed; it has to succeed."""
        result = self(*arguments)
        assert result.status == 0, result.err
        return result.out

    def refused(self, *arguments: object, status: int = 1) -> str:
        """The one line with which it refuses."""
        result = self(*arguments)
        assert result.status == status, result
        assert result.out == ""
        return one_line(result.err)


def one_line(err: str) -> str:
    assert err.startswith("fewclicks: "), err
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    assert "internal error" not in err
    return err.removeprefix("fewclicks: ").rstrip("\n")


def start(*arguments: object, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fewclicks", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **(environment or {})})


@contextmanager
def serving(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its address."""
    with start(*arguments) as server:
        try:
            yield server, _address(server)
        finally:
            server.kill()


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    assert server.stderr is not None
    for line in server.stdout:
        if found := re.search(r"http://[\d.:]+/", line):
            return found[0]
    raise AssertionError(server.stderr.read())


def content(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def exported(fewclicks: Program, project: Path, to: Path) -> dict[str, Any]:
    """The COCO file of a project."""
    fewclicks.done("export", project, "--format", "coco", "--to", to)
    return dict(json.loads(to.read_text()))

"""The real server as a process of its own, on a free port, that can be killed and started again.

Processes are forked from one that has imported the package already: importing it anew takes longer than most tests.
"""

import multiprocessing
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TextIO

from fewclicks.methods.registry import roles

START_SECONDS = 60.0
SERVE = ("fewclicks", "serve")
FORKS = multiprocessing.get_context("forkserver")
MODELS = [role.open.partition(":")[0] for role in roles().values()]
FORKS.set_forkserver_preload(["fewclicks.cli", "fewclicks.server.run", "uvloop", *MODELS])


class Python:
    """`python -m MODULE ...` or `python SCRIPT.py ...`; `said` is what it prints."""

    def __init__(self, *command: str | Path) -> None:
        here, there = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=_run, args=([str(word) for word in command], dict(os.environ), there))
        self._process.start()
        there.close()
        self.said: TextIO = os.fdopen(os.dup(here.fileno()), encoding="utf-8")
        here.close()

    def wait(self) -> int:
        """Its exit code."""
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return code

    def kill(self) -> None:
        """`kill -9`: no time to put anything in order."""
        self._process.kill()
        self._process.join()
        self.said.close()


def _run(command: list[str], environment: dict[str, str], output: "multiprocessing.connection.Connection") -> None:
    os.environ.update(environment)
    for stream in (1, 2):
        os.dup2(output.fileno(), stream)
    output.close()
    sys.argv = command
    if command[0].endswith(".py"):
        runpy.run_path(command[0], run_name="__main__")
    else:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def fewclicks(*arguments: str | Path) -> str:
    """Run a command of the package; what it printed. Raises RuntimeError with that when it fails."""
    process = Python("fewclicks", *arguments)
    with process.said as output:
        said = output.read()
    if code := process.wait():
        raise RuntimeError(f"fewclicks {' '.join(map(str, arguments))} ended with {code}: {said}")
    return said


class RunningServer:
    """`fewclicks serve PROJECT`; `port` stays the same over restarts, as in a browser's address bar.

    `command` is what Python runs: a script of the tests may serve other models.
    """

    def __init__(self, project: Path, command: Sequence[str] = SERVE) -> None:
        self.project = project
        self.command = command
        self.port = 0
        self._process: Python | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start and wait until it listens. Raises RuntimeError when it does not."""
        self._process = Python(*self.command, self.project, "--port", str(self.port), "--no-browser")
        self.port = self._announced_port(self._process)

    def kill(self) -> None:
        """`kill -9`: no time to put anything in order."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _announced_port(self, process: Python) -> int:
        said = []
        late = Timer(START_SECONDS, process.kill)
        late.start()
        try:
            for line in process.said:
                said.append(line)
                if "http://" in line:
                    return int(line.split("http://")[1].split("/")[0].split(":")[1])
        finally:
            late.cancel()
        raise RuntimeError(f"the server did not start: {''.join(said)}")


@contextmanager
def serving(project: Path, command: Sequence[str] = SERVE) -> Iterator[RunningServer]:
    """A server for `project`, gone at the end."""
    server = RunningServer(project, command)
    try:
        server.start()
        yield server
    finally:
        server.kill()

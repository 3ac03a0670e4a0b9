"""The real server as a process of its own, on a free port, that can be killed and started again."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

START_SECONDS = 60.0
FEWCLICKS = ("-m", "fewclicks", "serve")


def fewclicks(*arguments: str | Path) -> str:
    """Run a command of the package; its output. Raises RuntimeError with what it said when it fails."""
    command = [sys.executable, "-m", "fewclicks", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


class RunningServer:
    """`fewclicks serve PROJECT`; `port` stays the same over restarts, as in a browser's address bar.

    `command` is what Python runs: a script of the tests may serve other assists.
    """

    def __init__(self, project: Path, command: Sequence[str] = FEWCLICKS) -> None:
        self.project = project
        self.command = command
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start and wait until it listens. Raises RuntimeError when it does not."""
        command = [sys.executable, "-u", *self.command, str(self.project)]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )
        self.port = self._announced_port(self._process)

    def kill(self) -> None:
        """`kill -9`: no time to put anything in order."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def _announced_port(self, process: "subprocess.Popen[str]") -> int:
        assert process.stdout is not None
        said = []
        late = Timer(START_SECONDS, process.kill)
        late.start()
        try:
            for line in process.stdout:
                said.append(line)
                if "http://" in line:
                    return int(line.split("http://")[1].split("/")[0].split(":")[1])
        finally:
            late.cancel()
        raise RuntimeError(f"the server did not start: {''.join(said)}")


@contextmanager
def serving(project: Path, command: Sequence[str] = FEWCLICKS) -> Iterator[RunningServer]:
    """A server for `project`, gone at the end."""
    server = RunningServer(project, command)
    try:
        server.start()
        yield server
    finally:
        server.kill()

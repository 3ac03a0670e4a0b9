"""The packages in `examples/`, built and installed as users install them, and the program that finds them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
TIMEOUT_SECONDS = 120


def installed(name: str, folder: Path, *more: str) -> dict[str, str]:
    """Build wheels of examples, install them into `folder`, and return the environment in which Python finds them.

    A user's own models are in `folder`, too.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    sources = [str(EXAMPLES / each) for each in (name, *more)]
    checked(*pip, "wheel", *offline, "--no-build-isolation", "-w", str(folder / "wheels"), *sources)
    checked(*pip, "install", *offline, "--target", str(folder / "packages"), *map(str, (folder / "wheels").iterdir()))
    inherited = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    user = {name: str(folder / "user") for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA")}
    return {**os.environ, **user, "PYTHONPATH": os.pathsep.join([str(folder / "packages"), *inherited])}


def checked(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it prints. Fails with its output when it fails."""
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fewclicks(environment: Mapping[str, str], *arguments: str | Path) -> str:
    """Run `fewclicks` and return what it prints."""
    return checked(sys.executable, "-m", "fewclicks", *arguments, environment=environment)


def refused(environment: Mapping[str, str], *arguments: str | Path) -> str:
    """The one line with which `fewclicks` refuses."""
    command = [sys.executable, "-m", "fewclicks", *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert done.stderr.startswith("fewclicks: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("fewclicks: ").rstrip("\n")


@contextmanager
def serving(environment: Mapping[str, str], project: Path) -> Iterator[str]:
    """Run `fewclicks serve` on a free port and yield its address."""
    command = [sys.executable, "-m", "fewclicks", "serve", str(project), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        try:
            yield _address(run)
        finally:
            run.kill()


def _address(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if found := re.search(r"http://[\d.:]+/", line):
            return found[0]
    raise AssertionError("".join(said))

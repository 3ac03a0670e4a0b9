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


def installed(name: str, folder: Path) -> dict[str, str]:
    """Build a wheel of an example, install it into `folder`, and return the environment in which Python finds it."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    checked(*pip, "wheel", *offline, "--no-build-isolation", "-w", str(folder / "wheels"), str(EXAMPLES / name))
    (wheel,) = (folder / "wheels").iterdir()
    checked(*pip, "install", *offline, "--target", str(folder / "packages"), str(wheel))
    inherited = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "packages"), *inherited])}


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

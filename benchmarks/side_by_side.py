"""Compare the speed of two checkouts in one run, this one and an older one whose page has been built.

    python benchmarks/side_by_side.py OTHER [--rounds 3] [--without-clicks] [--page]

Runs the two in turn, so that a noisy machine slows both, and prints the median over the rounds of each number and the
ratio of this checkout to the other one: seconds until `fewclicks --help` has ended, until `import fewclicks.server.app`
has ended and until `fewclicks demo` serves its page, with an empty home folder; then the medians of
`benchmarks/server_latency.py`. With `--page` also those of `tests/end_to_end/test_speed.py`, which needs Chromium.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

HERE = Path(__file__).resolve().parents[1]
ROUNDS_OF_COMMANDS = 7


def environment(checkout: Path, home: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(checkout / "src"), "HOME": home, "XDG_DATA_HOME": f"{home}/data"}


def seconds_of(checkout: Path, *command: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, *command], check=True, capture_output=True, cwd=home, env=environment(checkout, home)
        )
        return time.perf_counter() - begin


def seconds_of_demo(checkout: Path) -> float:
    """From the command to the page's HTML."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        begin = time.perf_counter()
        command = [sys.executable, "-m", "fewclicks", "demo", "--no-browser", "--port", str(port)]
        demo = subprocess.Popen(command, cwd=home, env=environment(checkout, home), stdout=subprocess.DEVNULL)
        try:
            while not answers(port):
                if demo.poll() is not None:
                    raise SystemExit(f"{checkout}: fewclicks demo ended before it answered")
                time.sleep(0.02)
            return time.perf_counter() - begin
        finally:
            demo.terminate()
            demo.wait()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as response:
            return b"<html" in response.read()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"fewclicks demo answers {error.code}; build the page in both checkouts first") from error
    except urllib.error.URLError:
        return False


def latencies(checkout: Path) -> dict[str, float]:
    """The medians that the checkout's own `server_latency.py` prints, in milliseconds."""
    return medians(checkout, str(checkout / "benchmarks" / "server_latency.py"))


def page_speed(checkout: Path) -> dict[str, float]:
    """The medians that the checkout's own `test_speed.py` prints of its page in Chromium, in milliseconds."""
    return medians(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/end_to_end/test_speed.py")


def medians(checkout: Path, *command: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        printed = subprocess.run(
            [sys.executable, *command],
            check=True, capture_output=True, text=True, cwd=checkout, env=environment(checkout, home),
        ).stdout  # fmt: skip
    found = {}
    for line in printed.splitlines():
        name, colon, numbers = line.partition(": ")
        if colon and (median := re.search(r"median ([\d.]+) ms", numbers)):
            found[f"{name}, ms"] = float(median[1])
        if over := re.search(r"over HTTP ([\d.]+) ms", numbers):
            found[f"{name}, over HTTP, ms"] = float(over[1])
    return found


def commands(checkout: Path) -> dict[str, float]:
    return {
        "fewclicks --help, s": seconds_of(checkout, "-m", "fewclicks", "--help"),
        "import fewclicks.server.app, s": seconds_of(checkout, "-c", "import fewclicks.server.app"),
        "fewclicks demo until its page answers, s": seconds_of_demo(checkout),
    }


def compare(
    other: Annotated[Path, typer.Argument(help="An older checkout, with its page built.", exists=True)],
    rounds: Annotated[int, typer.Option(min=1, help="Runs of clicks and page in each checkout.")] = 3,
    clicks: Annotated[bool, typer.Option("--clicks/--without-clicks", help="Measure clicks as well.")] = True,
    page: Annotated[bool, typer.Option("--page", help="Measure the page in Chromium as well.")] = False,
) -> None:
    checkouts = {"this": HERE, "other": other.resolve()}
    measured: dict[str, dict[str, list[float]]] = defaultdict(lambda: {"this": [], "other": []})

    def measure(which: str, numbers: dict[str, float]) -> None:
        for name, number in numbers.items():
            measured[name][which].append(number)

    for _ in range(ROUNDS_OF_COMMANDS):
        for which, checkout in checkouts.items():
            measure(which, commands(checkout))
    for _ in range(rounds):
        for which, checkout in checkouts.items():
            measure(which, latencies(checkout) if clicks else {})
            measure(which, page_speed(checkout) if page else {})
    print("| what | other | this | this / other |\n|---|---|---|---|")
    for name, numbers in measured.items():
        then, now = float(np.median(numbers["other"])), float(np.median(numbers["this"]))
        print(f"| {name} | {then:.2f} | {now:.2f} | {now / then:.2f} |")


if __name__ == "__main__":
    typer.run(compare)

"""Milliseconds of a save, alone and beside 60 requests that run the model of `detect`.

    python benchmarks/saving_beside_models.py

Serves a temporary project of 640x480 photos. Clients ask `detect` about its images, `REQUESTS` of them at once, until
each has had `ROUNDS` answers; meanwhile one person stores a box every 30 ms. Prints medians and 95th percentiles of the
saves and of `/api/health`, before and beside the requests.
"""

import os
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import perf_counter, sleep

import numpy as np
import server_latency
from server_latency import Client, make_images

REQUESTS, ROUNDS, SAVES, PAUSE = 60, 3, 100, 0.03
IMAGES = 12


def main() -> None:
    server_latency.IMAGES = IMAGES
    with tempfile.TemporaryDirectory() as folder:
        images, project = Path(folder) / "images", Path(folder) / "project"
        images.mkdir()
        make_images(images)
        command = [sys.executable, "-m", "fewclicks"]
        subprocess.run([*command, "new", str(project), "--images", str(images), "--classes", "thing"], check=True)
        server = subprocess.Popen(
            [*command, "serve", str(project), "--port", "0", "--no-browser"],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            assert server.stdout is not None
            port = re.search(r":(\d+)/", server.stdout.readline())
            measure(int(port[1]) if port else 8000)
        finally:
            server.terminate()
            server.wait()


def measure(port: int) -> None:
    report("alone", *saves(Client(port), lambda n: n >= SAVES))
    ended = Event()
    with ThreadPoolExecutor(REQUESTS + 1) as pool:
        started = perf_counter()
        asking = [pool.submit(ask, port, 1 + number % IMAGES) for number in range(REQUESTS)]
        saving = pool.submit(saves, Client(port), lambda _: ended.is_set())
        for each in asking:
            each.result()
        ended.set()
        seconds = perf_counter() - started
        report(f"beside {REQUESTS} requests at once ({REQUESTS * ROUNDS} answers in {seconds:.0f} s)", *saving.result())


def ask(port: int, image: int) -> None:
    client, rng = Client(port), np.random.default_rng(image)
    for _ in range(ROUNDS):
        x, y = rng.uniform(50, 400, 2).tolist()
        prompt = {"type": "class_click", "x": x, "y": y, "class_id": 1}
        client.ask(
            "POST", f"/api/images/{image}/respond", {"id": uuid.uuid4().hex, "method": "detect", "prompts": [prompt]}
        )


def saves(client: Client, ends: Callable[[int], bool]) -> tuple[list[float], list[float]]:
    """Milliseconds of saves and of `/api/health`, until `ends` of their number."""
    times: list[float] = []
    health: list[float] = []
    while not ends(len(times)):
        shape = {"type": "box", "xyxy": [5, 5, 60, 60]}
        box = {"id": uuid.uuid4().hex, "image_id": 1, "class_id": 1, "state": "accepted", "shape": shape}
        times.append(timed(client, "POST", "/api/images/1/edits", {"kind": "box", "annotations": [box]}))
        health.append(timed(client, "GET", "/api/health"))
        sleep(PAUSE)
    return times, health


def timed(client: Client, method: str, path: str, body: dict[str, object] | None = None) -> float:
    started = perf_counter()
    client.ask(method, path, None if body is None else {"id": uuid.uuid4().hex} | body)
    return (perf_counter() - started) * 1e3


def report(when: str, *times: list[float]) -> None:
    for what, each in zip(("save", "health"), times, strict=True):
        middle, late = np.percentile(each, [50, 95])
        print(f"{what}, {when}: median {middle:.0f} ms, 95th percentile {late:.0f} ms of {len(each)}")


if __name__ == "__main__":
    main()

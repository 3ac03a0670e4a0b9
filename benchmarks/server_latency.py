"""Milliseconds of a whole click, stored and answered: in the server, and as a client sees it over HTTP.

    python benchmarks/server_latency.py

Serves a temporary project of 640x480 images and asks for boxes and clicks: in a fresh image, in one that holds
100 masks, and after 200 images; then for scribbles in an image of 20 regions, and for clicks of `detect` in one of
640x640 with 100 made-up parts, 20 of which have been clicked, and in one of 24 coins, which are so large that it is
read twice. Prints medians, 95th percentiles and the server's resident memory, and how long `regions` and `detect` take
to read an image once, ahead of the first click.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage import data

from fewclicks.datasets.boxed_images import read_boxes
from fewclicks.methods.registry import get_role, open_model, shipped_files
from fewclicks.prompts import ClassClick

IMAGES, MASKS, CLICKS = 200, 100, 60
COLUMNS, ROWS, SCRIBBLES = 5, 4, 40
CENTRES = [
    ((column + 0.5) * 640 / COLUMNS, (row + 0.5) * 480 / ROWS) for row in range(ROWS) for column in range(COLUMNS)
]
CLASSES, PARTS, PLACED = 6, 100, 20
COIN_COLUMNS, COIN_ROWS = (45, 103, 152, 210, 270, 340), (54, 127, 197, 265)  # in the photo of 384x303


class Client:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.server_ms = 0.0  # what the server says that its last answer took

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        text = json.dumps(body) if body is not None else None
        self.connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
        answer = self.connection.getresponse()
        content = answer.read()
        self.server_ms = float(answer.headers["Server-Timing"].removeprefix("total;dur="))
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {content.decode()}")
        is_json = content and answer.headers.get_content_type() == "application/json"
        return json.loads(content) if is_json else content

    def prompt(
        self, image: int, annotation: str, prompt: dict[str, Any], method: str = "segment"
    ) -> tuple[float, float, float]:
        """Milliseconds of one prompt: in the server, as a client sees it, and those of the model alone."""
        body = {"id": uuid.uuid4().hex, "annotation_id": annotation, "class_id": 1, "prompts": [prompt]}
        body["method"] = method
        begin = time.perf_counter()
        answer = self.ask("POST", f"/api/images/{image}/respond", body)
        return self.server_ms, (time.perf_counter() - begin) * 1e3, answer["model_ms"]


def make_images(folder: Path, count: int = IMAGES) -> None:
    photos = [cv2.resize(photo(), (640, 480))[..., ::-1] for photo in (data.astronaut, data.coffee, data.chelsea)]
    for number in range(count):
        moved = np.roll(photos[number % len(photos)], 3 * number, axis=1)
        cv2.imwrite(str(folder / f"{number:03d}.jpg"), moved)


def make_parts(folder: Path, images: Path) -> list[ClassClick]:
    """One more image, the last by its name, and a click on each object in it."""
    drawn = ("--images", "1", "--classes", str(CLASSES), "--objects", str(PARTS))
    subprocess.run([sys.executable, "-m", "fewclicks", "synthetic", "--to", str(folder), *drawn], check=True)
    (parts,) = read_boxes(str(folder / "set.json")).images
    shutil.copy(parts.path, images / f"parts{parts.path.suffix}")
    return [
        ClassClick(x, y, i) for (x, y), i in zip(parts.boxes[:, :2].tolist(), parts.class_ids.tolist(), strict=True)
    ]


def make_coins(images: Path) -> list[ClassClick]:
    """One more image, the first by its name, and a click on each of its coins."""
    cv2.imwrite(str(images / "+coins.png"), cv2.resize(data.coins(), None, fx=640 / 384, fy=640 / 384))
    return [ClassClick(x * 640 / 384, y * 640 / 384, 1) for y in COIN_ROWS for x in COIN_COLUMNS]


def session(client: Client, image: int, clicks: int, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """A box and clicks inside it, an object of up to five clicks after another."""
    times: list[tuple[float, float, float]] = []
    while len(times) < clicks:
        annotation = uuid.uuid4().hex
        x, y = rng.integers(20, 400, 2) * [1, 0.6]
        w, h = rng.integers(60, 200, 2)
        box = [float(x), float(y), float(x + w), float(min(y + h, 478))]
        client.prompt(image, annotation, {"type": "box", "xyxy": box})
        for _ in range(5):
            cx, cy = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
            click = {"type": "click", "x": cx, "y": cy, "adds": bool(rng.random() < 0.6)}
            times.append(client.prompt(image, annotation, click))
    return times


def make_regions(client: Client, image: int, rng: np.random.Generator) -> None:
    """Twenty regions, each larger than its cell of a grid."""
    width, height = 640 / COLUMNS, 480 / ROWS
    for number, (x, y) in enumerate(CENTRES):
        w, h = width * rng.uniform(0.5, 0.9), height * rng.uniform(0.5, 0.9)
        x0, y0, x1, y1 = max(x - w, 0), max(y - h, 0), min(x + w, 640), min(y + h, 480)
        points = [[x, y0], [x0, y], [x, y1], [x1, y]]
        client.prompt(image, f"region {number}", {"type": "extreme_points", "points": points}, "regions")


def scribbles(client: Client, image: int, count: int, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Scribbles from one region into the next."""
    times = []
    for _ in range(count):
        number = int(rng.integers(len(CENTRES)))
        x, y = CENTRES[number]
        path = [[x + step * rng.uniform(0, 12), y + step * rng.uniform(0, 8)] for step in range(6)]
        inside = [[min(px, 639.0), min(py, 479.0)] for px, py in path]
        prompt = {"type": "scribble", "points": inside}
        times.append(client.prompt(image, f"region {number}", prompt, "regions"))
    return times


def class_clicks(
    client: Client, image: int, objects: list[ClassClick], clicks: int, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Clicks on some of the objects, again and again from none; those beside PLACED others are timed."""
    times: list[tuple[float, float, float]] = []
    while len(times) < clicks:
        placed: list[dict[str, Any]] = []
        for number, which in enumerate(rng.permutation(len(objects))[: PLACED + 5].tolist()):
            placed.append(asdict(objects[which]))
            begin = time.perf_counter()
            body = {"id": uuid.uuid4().hex, "clicks": placed[-1:]}
            answer = client.ask("POST", f"/api/images/{image}/detect", body)
            if number >= PLACED:
                times.append((client.server_ms, (time.perf_counter() - begin) * 1e3, answer["model_ms"]))
        client.ask("POST", f"/api/images/{image}/detect", {"id": uuid.uuid4().hex, "removed": placed})
    return times


def report(name: str, times: list[tuple[float, float, float]], process: int) -> None:
    server, client, model = np.array(times).T
    memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    print(
        f"{name}: whole answer median {np.median(server):.1f} ms, 95% {np.percentile(server, 95):.1f} ms; "
        f"over HTTP {np.median(client):.1f} ms, 95% {np.percentile(client, 95):.1f} ms; "
        f"model {np.median(model):.1f} ms; memory {int(memory[1]) / 1024 if memory else 0:.0f} MB"
    )


def report_encoding() -> None:
    for name, size in (("regions", (640, 480)), ("detect", (640, 640))):
        role = get_role(name)
        model, times = open_model(role, shipped_files(role) or {}), []
        for photo in (data.astronaut, data.coffee, data.chelsea) * 10:
            image = cv2.resize(photo(), size)
            begin = time.perf_counter()
            model.encode(image)
            times.append((time.perf_counter() - begin) * 1e3)
        print(f"{name} reads an image: median {np.median(times):.1f} ms, 95% {np.percentile(times, 95):.1f} ms")


def main() -> None:
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        images, project = Path(folder) / "images", Path(folder) / "project"
        images.mkdir()
        make_images(images)
        objects = make_coins(images), make_parts(Path(folder) / "parts", images)
        command = [sys.executable, "-m", "fewclicks"]
        classes = ",".join(f"thing {number}" for number in range(CLASSES))
        subprocess.run([*command, "new", str(project), "--images", str(images), "--classes", classes], check=True)
        server = subprocess.Popen(
            [*command, "serve", str(project), "--port", "0", "--no-browser"],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            measure(server, *objects, rng)
        finally:
            server.terminate()
            server.wait()
    report_encoding()


def measure(
    server: "subprocess.Popen[str]", coins: list[ClassClick], parts: list[ClassClick], rng: np.random.Generator
) -> None:
    assert server.stdout is not None
    port = re.search(r":(\d+)/", server.stdout.readline())
    client = Client(int(port[1]) if port else 8000)
    first, *ids, last = [image["id"] for image in client.ask("GET", "/api/images")]
    client.ask("GET", f"/api/images/{ids[0]}")
    session(client, ids[0], 10, rng)
    report("fresh image", session(client, ids[0], CLICKS, rng), server.pid)
    for _ in range(MASKS):
        session(client, ids[1], 1, rng)
    report(f"image with {MASKS} masks", session(client, ids[1], CLICKS, rng), server.pid)
    for image in ids:
        client.ask("GET", f"/api/images/{image}")
        session(client, image, 1, rng)
    report(f"after {IMAGES} images", session(client, ids[-1], CLICKS, rng), server.pid)
    make_regions(client, ids[2], rng)
    report(f"scribble among {COLUMNS * ROWS} regions", scribbles(client, ids[2], SCRIBBLES, rng), server.pid)
    for name, image, objects in ((f"one of {PARTS} parts", last, parts), ("a coin, read twice", first, coins)):
        client.ask("GET", f"/api/images/{image}")
        report(f"click on {name}, {PLACED} clicked", class_clicks(client, image, objects, CLICKS, rng), server.pid)


if __name__ == "__main__":
    main()

"""What an image of 20,000 x 20,000 pixels costs, measured from outside over HTTP.

    python benchmarks/large_images.py [--side 20000] [--kind jpeg|tiff|pyramid|png]

Makes the image (photos and noise with small red squares everywhere) in a temporary folder, which needs up to 4 GB, and
serves it. Prints the time until it can be seen the first time and later, milliseconds of a tile while panning, of a
click of `segment`, of a click of `detect` and of the rest of the image, and the most memory that the server ever held.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyvips
from server_latency import Client
from skimage import data

SCREEN = (1600, 1000)
PANS, CLICKS, DETECT_CLICKS = 60, 10, 12
LOOKED = 4  # seconds that a person looks at a part before the first click there
PART = 2000  # pixels; the image repeats them
SQUARES, SQUARE = 100, 16
TIFF = {"tile": True, "tile_width": 256, "tile_height": 256, "compression": "jpeg", "Q": 90, "bigtiff": True}
SAVE: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("image.jpg", {"Q": 90}),
    "png": ("image.png", {"compression": 1}),
    "tiff": ("image.tif", TIFF),
    "pyramid": ("image.tif", TIFF | {"pyramid": True}),
}


def make_image(folder: Path, side: int, kind: str) -> list[tuple[int, int]]:
    """Writes the image; the middles of its squares."""
    rng = np.random.default_rng(0)
    photo = cv2.resize(data.astronaut(), (PART, PART)).astype(np.int16)
    part = np.clip(photo * 0.5 + rng.normal(40, 8, photo.shape), 0, 200).astype(np.uint8)
    part[..., 0] = np.minimum(part[..., 0], 140)
    cells = [(x, y) for y in range(100, PART, 200) for x in range(100, PART, 200)][:SQUARES]
    for x, y in cells:
        part[y - SQUARE // 2 : y + SQUARE // 2, x - SQUARE // 2 : x + SQUARE // 2] = (255, 0, 0)
    count = -(-side // PART)
    name, options = SAVE[kind]
    image = pyvips.Image.new_from_array(part, interpretation="srgb").replicate(count, count).crop(0, 0, side, side)
    image.write_to_file(str(folder / name), **options)
    places = [(x + PART * i, y + PART * j) for j in range(count) for i in range(count) for x, y in cells]
    return [(x, y) for x, y in places if max(x, y) < side - SQUARE]


@contextmanager
def serving(project: Path) -> Iterator[tuple[Client, int]]:
    command = [sys.executable, "-u", "-m", "fewclicks", "serve", str(project), "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = re.search(r":(\d+)/", server.stdout.readline())
        assert port is not None
        yield Client(int(port[1])), server.pid
    finally:
        server.terminate()
        server.wait()


def seconds_of(process: int) -> float:
    """Processor time that a process took so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def most_memory(process: int) -> float:
    """MB that a process held at most."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


class Run:
    """One served project with the image as its first."""

    def __init__(self, client: Client, process: int) -> None:
        self.client, self.process = client, process

    def timed(self, name: str, work: Callable[[], None]) -> None:
        begin, busy = time.perf_counter(), seconds_of(self.process)
        work()
        took, busy = time.perf_counter() - begin, seconds_of(self.process) - busy
        memory = most_memory(self.process)
        print(f"{name}: {took:.1f} s ({busy:.1f} s of processor time); at most {memory:.0f} MB so far", flush=True)

    def each(
        self, name: str, work: Callable[[int], None], times: int, first: Callable[[int], None] = lambda number: None
    ) -> None:
        """Times `work` of each number; what is done `first` costs nothing here."""
        took, busy = [], 0.0
        for number in range(times):
            first(number)
            begin, busy_before = time.perf_counter(), seconds_of(self.process)
            work(number)
            took.append((time.perf_counter() - begin) * 1e3)
            busy += seconds_of(self.process) - busy_before
        mean = busy / times * 1e3
        most = sorted(took)[int(0.95 * times)]
        middle = statistics.median(took)
        memory = most_memory(self.process)
        print(
            f"{name}: median {middle:.0f} ms, 95% {most:.0f} ms ({mean:.0f} ms of processor time); "
            f"at most {memory:.0f} MB so far",
            flush=True,
        )

    def first_view(self) -> None:
        self.client.ask("GET", "/api/images/1")
        while (tiles := self.client.ask("GET", "/api/images/1/tiles"))["progress"] < 1:
            time.sleep(0.1)
        self.tiles = tiles
        self.client.ask("GET", f"/api/images/1/tiles/{tiles['coarsest']}/0/0")

    def pan(self, level: int, rng: np.random.Generator) -> Callable[[int], None]:
        """Asks for a tile of a screenful somewhere, the next one of it each time."""
        shrink = 1 << (self.tiles["finest"] - level)
        side = self.tiles["tile_size"] * shrink
        columns, rows = -(-self.tiles["width"] // side), -(-self.tiles["height"] // side)
        wide = min(SCREEN[0] // self.tiles["tile_size"] + 2, columns)
        high = min(SCREEN[1] // self.tiles["tile_size"] + 2, rows)
        at = [(0, 0)]

        def one(number: int) -> None:
            if number % (wide * high) == 0:
                at[0] = (int(rng.integers(columns - wide + 1)), int(rng.integers(rows - high + 1)))
            column, row = at[0][0] + number % wide, at[0][1] + number // wide % high
            self.client.ask("GET", f"/api/images/1/tiles/{level}/{column}/{row}")

        return one

    def segment(self, rng: np.random.Generator) -> Callable[[int], None]:
        def one(_number: int) -> None:
            x, y = rng.uniform(500, self.tiles["width"] - 500, 2)
            self.client.prompt(1, uuid.uuid4().hex, {"type": "click", "x": float(x), "y": float(y), "adds": True})

        return one

    def look(self, places: list[tuple[int, int]]) -> Callable[[int], None]:
        """Looks at a screenful around a place at full size, long enough for it to be made ready."""

        def one(number: int) -> None:
            (x, y), (width, height) = places[number], SCREEN
            view = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
            self.client.ask("PUT", "/api/images/1/view", {"view": view})
            time.sleep(LOOKED)

        return one

    def detect(self, places: list[tuple[int, int]]) -> Callable[[int], None]:
        def one(number: int) -> None:
            x, y = places[number]
            clicks = [{"x": x, "y": y, "class_id": 1}]
            answer = self.client.ask("POST", "/api/images/1/detect", {"id": uuid.uuid4().hex, "clicks": clicks})
            assert answer["error"] is None, answer["error"]

        return one

    def rest(self) -> None:
        progress, asked = 0.0, 0
        while progress < 1:
            progress = self.client.ask("POST", "/api/images/1/rest", {"id": uuid.uuid4().hex})["progress"]
            asked += 1
        found = len(self.client.ask("GET", "/api/images/1")["proposals"]["boxes"])
        print(f"  {found} boxes, in {asked} portions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--kind", choices=SAVE, default="jpeg")
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        images, project = Path(folder) / "images", Path(folder) / "project"
        images.mkdir()
        places = make_image(images, given.side, given.kind)
        [image] = images.iterdir()
        print(f"{given.side}x{given.side} {given.kind}, {image.stat().st_size / 1e6:.0f} MB, {len(places)} squares")
        new = [sys.executable, "-m", "fewclicks", "new", str(project), "--images", str(images), "--classes", "square"]
        subprocess.run(new, check=True, stdout=subprocess.DEVNULL)
        with serving(project) as served:
            run = Run(*served)
            run.timed("first view", run.first_view)
            measure(run, places, rng)
        with serving(project) as served:
            run = Run(*served)
            run.timed("view in a new process", run.first_view)
        kept = sum(file.stat().st_size for file in (project / ".cache").rglob("*.tif"))
        print(f"levels on the disk: {kept / 1e6:.0f} MB")


def measure(run: Run, places: list[tuple[int, int]], rng: np.random.Generator) -> None:
    for back in (0, 1, 3):
        level = run.tiles["finest"] - back
        run.each(f"tile at 1/{1 << back}", run.pan(level, rng), PANS)
    run.each("click of segment", run.segment(rng), CLICKS)
    unseen, seen = np.split(rng.permutation(places)[: 2 * DETECT_CLICKS], 2)
    run.each("click of detect where nobody looked before", run.detect(unseen.tolist()), DETECT_CLICKS)
    run.each("click of detect", run.detect(seen.tolist()), DETECT_CLICKS, run.look(seen.tolist()))
    run.timed("the rest of the image", run.rest)


if __name__ == "__main__":
    main()

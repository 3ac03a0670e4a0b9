"""Compare the latency of prompts in two checkouts, this one and an older one, with both servers running at once.

    python benchmarks/click_by_click.py OTHER [--turns 60]

The servers take turns after a few prompts each, so that a phase in which the machine is slow slows both; between longer
runs (`side_by_side.py`) such phases change a ratio by half. Both get the same images and the same prompts. Prints the
medians of the whole answer in the server, of the model alone and of everything beside the model, in milliseconds, and
the median ratio of this checkout to the other one over pairs of equal prompts.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from server_latency import (
    CLASSES,
    COLUMNS,
    PARTS,
    ROWS,
    Client,
    class_clicks,
    make_coins,
    make_images,
    make_parts,
    make_regions,
    scribbles,
    session,
)
from side_by_side import HERE, environment

Times = list[tuple[float, float, float]]
Turn = Callable[[Client, list[int], np.random.Generator], Times]
PHOTOS = 3
FEW = 5  # prompts of a turn
OF_ANSWER: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "whole answer": lambda times: times[:, 0],
    "model": lambda times: times[:, 2],
    "beside the model": lambda times: times[:, 0] - times[:, 2],
}


class Served:
    """A checkout that serves a project of its own."""

    def __init__(self, checkout: Path, images: Path, folder: Path, ends: ExitStack) -> None:
        folder.mkdir()
        given = environment(checkout, str(folder)) | {"PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "fewclicks"]
        classes = ",".join(f"thing {number}" for number in range(CLASSES))
        new = [*command, "new", str(folder / "project"), "--images", str(images), "--classes", classes]
        subprocess.run(new, check=True, env=given, stdout=subprocess.DEVNULL)
        serve = [*command, "serve", str(folder / "project"), "--port", "0", "--no-browser"]
        process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, env=given)
        ends.callback(process.kill)
        assert process.stdout is not None
        address = re.search(r":(\d+)/", process.stdout.readline())
        if address is None:
            raise SystemExit(f"{checkout}: fewclicks serve ended before it answered")
        self.client = Client(int(address[1]))
        self.ids = [image["id"] for image in self.client.ask("GET", "/api/images")]
        for image in self.ids:
            self.client.ask("GET", f"/api/images/{image}")
        make_regions(self.client, self.ids[2], np.random.default_rng(0))


def compare(
    other: Annotated[Path, typer.Argument(help="An older checkout.", exists=True)],
    turns: Annotated[int, typer.Option(min=1, help="Turns of each server, for each kind of prompt.")] = 40,
) -> None:
    with tempfile.TemporaryDirectory() as place, ExitStack() as ends:
        images = Path(place) / "images"
        images.mkdir()
        make_images(images, PHOTOS)
        coins, parts = make_coins(images), make_parts(Path(place) / "parts", images)
        checkouts = {"this": HERE, "other": other.resolve()}
        served = {name: Served(path, images, Path(place) / name, ends) for name, path in checkouts.items()}
        kinds: dict[str, Turn] = {
            "click": lambda client, ids, rng: session(client, ids[1], FEW, rng),
            f"scribble among {COLUMNS * ROWS} regions": lambda client, ids, rng: scribbles(client, ids[2], FEW, rng),
            f"click on one of {PARTS} parts": lambda client, ids, rng: class_clicks(client, ids[-1], parts, FEW, rng),
            "click on a coin": lambda client, ids, rng: class_clicks(client, ids[0], coins, FEW, rng),
        }
        print("| prompt | part of the answer | other, ms | this, ms | this / other |\n|---|---|---|---|---|")
        for kind, turn in kinds.items():
            times = alternate(served, turn, turns)
            for part, of in OF_ANSWER.items():
                this, before = of(times["this"]), of(times["other"])
                numbers = np.median(before), np.median(this), np.median(this / before)
                print(f"| {kind} | {part} | " + " | ".join(f"{number:.2f}" for number in numbers) + " |", flush=True)


def alternate(served: dict[str, Served], turn: Turn, turns: int) -> dict[str, np.ndarray]:
    """Return the times of each server, [prompts, 3]; the first turn of each warms up and does not count."""
    times: dict[str, Times] = {name: [] for name in served}
    for number in range(turns + 1):
        for name in sorted(served, reverse=bool(number % 2)):
            client, ids = served[name].client, served[name].ids
            client.connection.close()  # the server may have closed it while it waited for its turn
            found = turn(client, ids, np.random.default_rng(number))
            times[name] += found if number else []
    return {name: np.array(found) for name, found in times.items()}


if __name__ == "__main__":
    typer.run(compare)

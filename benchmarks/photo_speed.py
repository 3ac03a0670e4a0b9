"""Compare how fast `segment`, `regions` and `detect` read and answer a large photo, in this checkout and in older ones.

    python benchmarks/photo_speed.py OTHER ... --data DIR [--turns 8] [--threads 1 --threads 2]

Each checkout runs in its own process (`photo_session.py`). A session times one model on one photo. The checkouts take
turns after each session, so if the machine is slow for a while, it slows all of them. The photo comes from the data set
`aquarium` and has 1,024 x 768 pixels. The script enlarges it to 1,920 x 1,440 and cuts it to 1,920 x 1,080; it also
cuts it to 768 x 768 and enlarges that to 1,024 x 1,024. Clicks are at the centres of the fish. Each session opens the
image again, so a first click includes everything that the model computes only then.

The script prints three times for each step, in milliseconds: the median, the best, and the lowest CPU time, which other
programs hardly affect. For each other checkout, it then prints two ratios of this checkout to the other one: the median
over the turns by the clock, and the same for CPU time.
"""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from photo_session import PROMPTS, Times
from side_by_side import HERE, environment

PHOTO = "aquarium/valid/images/IMG_8528_jpg.jpg"
NOTHING = 0.5  # milliseconds: `segment` computes nothing when it encodes
Measured = dict[str, list[Times]]


class Checkout:
    """A process that runs the code of a checkout."""

    def __init__(self, path: Path, photos: Path, threads: int, ends: ExitStack) -> None:
        command = [sys.executable, str(HERE / "benchmarks" / "photo_session.py"), str(photos), str(threads)]
        home = tempfile.mkdtemp(dir=photos.parent)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(path, home)
        )
        ends.callback(self._process.wait)
        ends.callback(self._process.kill)
        self._path = path

    def session(self, name: str, photo: str) -> Times:
        """Return the milliseconds of each step of a session of a model on a photo."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name} {photo}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._path}: the models cannot be run; the error is above")
        times: Times = json.loads(line)
        return times


def write_photos(data: Path, path: Path) -> list[str]:
    """Write the photos, and the centres of fish in them, for `photo_session.py`; return the names of the photos."""
    file = data / PHOTO
    photo = cv2.imread(str(file))
    if photo is None:
        raise SystemExit(f"{file}: not a readable image; pass the folder that contains `aquarium` as --data")
    labels = np.loadtxt(file.parents[1] / "labels" / f"{file.stem}.txt", ndmin=2)
    centres = labels[:, 1:3] * [photo.shape[1], photo.shape[0]]
    cuts = {"1920x1080": (0, 96, 1024, 576, 1.875), "1024x1024": (128, 0, 768, 768, 4 / 3)}
    found: dict[str, np.ndarray] = {}
    for name, (x0, y0, width, height, scale) in cuts.items():
        part = cv2.cvtColor(photo[y0 : y0 + height, x0 : x0 + width], cv2.COLOR_BGR2RGB)
        found[name] = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        places = centres - [x0, y0]
        found[f"{name} objects"] = places[((places > 0) & (places < [width, height])).all(1)] * scale
    np.savez(path, **found)
    return list(cuts)


def alternate(checkouts: dict[str, Checkout], name: str, photo: str, turns: int) -> Measured:
    """Return the times of each checkout in each turn; the first turn warms up and does not count."""
    times: Measured = {each: [] for each in checkouts}
    for turn in range(turns + 1):
        for each in sorted(checkouts, reverse=bool(turn % 2)):
            found = checkouts[each].session(name, photo)
            if turn:
                times[each].append(found)
    return times


def rows_of(times: Measured, label: str) -> list[str]:
    """Return a row of the table for each step: the times of each checkout, then the ratios."""
    this, *others = times
    rows = []
    for step in times[this][0]:
        clocks = {each: np.array([turn[step] for turn in found]) for each, found in times.items()}
        if np.median(clocks[this][:, 0]) < NOTHING:
            continue
        cells = [" / ".join(f"{each:.1f}" for each in _three(found)) for found in clocks.values()]
        cells += [" / ".join(f"{each:.2f}" for each in _ratios(clocks[this], clocks[other])) for other in others]
        rows.append(f"| {label} | {step} | " + " | ".join(cells) + " |")
    return rows


def _three(times: np.ndarray) -> tuple[float, float, float]:
    """Return the median and the best time, and the lowest time of the processor, of turns [T, 2]."""
    return float(np.median(times[:, 0])), float(times[:, 0].min()), float(times[:, 1].min())


def _ratios(this: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    return float(np.median(this[:, 0] / other[:, 0])), float(this[:, 1].min() / other[:, 1].min())


def compare(
    others: Annotated[list[Path], typer.Argument(help="Older checkouts.", exists=True)],
    data: Annotated[Path, typer.Option(help="The folder that contains the data set `aquarium`.")],
    turns: Annotated[int, typer.Option(min=1, help="Sessions of each checkout, for each model and photo.")] = 8,
    threads: Annotated[tuple[int, int], typer.Option(help="Two numbers of threads.")] = (1, 2),
    models: Annotated[list[str] | None, typer.Option("--model", help="Only this model; repeatable.")] = None,
) -> None:
    paths = {"this": HERE} | {other.name: other.resolve() for other in others}
    header = ["model, photo, threads", "step", *(f"{each}, ms" for each in paths)]
    header += [f"this / {other.name}" for other in others]
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    with tempfile.TemporaryDirectory() as place:
        photos = Path(place) / "photos.npz"
        names = write_photos(data, photos)
        for count in threads:
            with ExitStack() as ends:
                checkouts = {each: Checkout(path, photos, count, ends) for each, path in paths.items()}
                for model in models or PROMPTS:
                    for photo in names:
                        times = alternate(checkouts, model, photo, turns)
                        print("\n".join(rows_of(times, f"{model}, {photo}, {count}")), flush=True)


if __name__ == "__main__":
    typer.run(compare)

"""Time one checkout for `photo_speed.py`, in a process of its own: for each line on stdin, one model on one photo.

    python benchmarks/photo_session.py PHOTOS.npz THREADS

PHOTOS.npz contains each photo by its name, [H, W, 3] RGB, and under "NAME objects" the centres of its objects, [N, 2].
A line on stdin is "MODEL PHOTO". The answer is one line of JSON: for each step, the milliseconds by the clock and of
CPU time.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS, ROWS = 5, 4  # of regions
Times = dict[str, tuple[float, float]]  # by step, milliseconds of the clock and of the processor


class Models:
    """The shipped models of the checkout that Python imports, whichever of the two interfaces it has."""

    def __init__(self, threads: int) -> None:
        has_contract = find_spec("fewclicks.api") is not None
        self.words = import_module("fewclicks.prompts" if has_contract else "fewclicks.interactions")
        self.by_name = _with_contract(threads) if has_contract else _before_the_contract(threads)
        self.has_contract = has_contract

    def respond(self, name: str, encoding: Any, prompts: list[Any], previous: Any = None) -> Any:
        """Answer prompts, each of which is a round."""
        rounds = self.words.Prompts(tuple((each,) for each in prompts)) if self.has_contract else tuple(prompts)
        return self.by_name[name].respond(encoding, rounds, previous)


def _with_contract(threads: int) -> dict[str, Any]:
    load = import_module("fewclicks.api").load
    return {name: load(name, threads=threads) for name in ("segment", "regions", "detect")}


def _before_the_contract(threads: int) -> dict[str, Any]:
    methods = "fewclicks.methods"
    weights = Path(import_module(methods).__path__[0]) / "weights"
    detect = import_module(f"{methods}.detect.assist").DetectAssist(weights / "detect.onnx", threads)
    segment = import_module(f"{methods}.segment.assist").SegmentAssist
    return {
        "segment": segment(weights / "segment.onnx", weights / "segment_ranker.onnx", threads),
        "regions": import_module(f"{methods}.regions.assist").RegionsAssist(weights / "regions.onnx", threads),
        "detect": import_module(f"{methods}.detect.pyramid").PyramidDetector(detect),
    }


def segment_prompts(words: Any, photo: np.ndarray, objects: np.ndarray) -> dict[str, list[Any]]:
    (x, y), size = objects[0].tolist(), photo.shape[1] / 50
    return {"first click": [words.Click(x, y, True)], "next click": [words.Click(x + size, y, False)]}


def regions_prompts(words: Any, photo: np.ndarray, objects: np.ndarray) -> dict[str, list[Any]]:
    """Twenty regions, each larger than its cell of a grid, and a scribble from one of them into the next."""
    height, width = photo.shape[:2]
    regions = []
    for number in range(COLUMNS * ROWS):
        x, y = (number % COLUMNS + 0.5) * width / COLUMNS, (number // COLUMNS + 0.5) * height / ROWS
        x0, x1 = max(x - 0.7 * width / COLUMNS, 0.0), min(x + 0.7 * width / COLUMNS, float(width))
        y0, y1 = max(y - 0.7 * height / ROWS, 0.0), min(y + 0.7 * height / ROWS, float(height))
        regions.append(words.ExtremePoints(((x, y0), (x0, y), (x, y1), (x1, y)), f"region {number}"))
    stroke = words.Scribble(((0.5 * width, 0.62 * height), (0.55 * width, 0.64 * height)), "region 12")
    return {
        "first click": regions[:1],
        "2nd to 19th region at once": regions[1:-1],
        "20th region": regions[-1:],
        "scribble among 20 regions": [stroke],
    }


def detect_prompts(words: Any, photo: np.ndarray, objects: np.ndarray) -> dict[str, list[Any]]:
    clicks = [words.ClassClick(x, y, 1) for x, y in objects.tolist()]
    return {"first click": clicks[:1], "next click": clicks[1:2]}


PROMPTS = {"segment": segment_prompts, "regions": regions_prompts, "detect": detect_prompts}


def session(models: Models, name: str, photo: np.ndarray, objects: np.ndarray) -> Times:
    """Time the steps of a session on the photo as if it had just been opened."""
    times: Times = {}
    encoding = _timed(times, "encode", lambda: models.by_name[name].encode(photo))
    prompts, response = [], None
    for step, new in PROMPTS[name](models.words, photo, objects).items():
        prompts += new
        response = _timed(times, step, partial(models.respond, name, encoding, prompts, response))
    (clock, processor), (more, more_of_processor) = times["encode"], times["first click"]
    return {**times, "encode and first click": (clock + more, processor + more_of_processor)}


def _timed(times: Times, step: str, act: Callable[[], Any]) -> Any:
    """Return what `act` returns, and note its times."""
    clock, processor = time.perf_counter(), time.process_time()
    result = act()
    times[step] = ((time.perf_counter() - clock) * 1e3, (time.process_time() - processor) * 1e3)
    return result


def main() -> None:
    photos, models = dict(np.load(sys.argv[1])), Models(int(sys.argv[2]))
    for line in sys.stdin:
        name, photo = line.split()
        print(json.dumps(session(models, name, photos[photo], photos[f"{photo} objects"])), flush=True)


if __name__ == "__main__":
    main()

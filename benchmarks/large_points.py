"""What `locate` costs: on a screen of pixels and a thousand points, and on a pyramid TIFF of 20,000 x 20,000 pixels.

    python benchmarks/large_points.py [--side 20000] [--steps 150] [--weights suggest.onnx]

Trains a localiser on discs for STEPS steps, unless --weights names one, and draws an image of as many discs as fit. Its
seams cross discs everywhere. Prints the time, the windows and the maximum memory of both roles, how far from the
centres the points are, on seams and elsewhere, and how many discs have no point or more than one.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyvips
from large_images import TIFF
from scipy.spatial import cKDTree

from fewclicks.answers import PointsAnswer
from fewclicks.images.large_image import LargeImage
from fewclicks.images.level_cache import LevelCache
from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.opening import open_refine, open_suggest
from fewclicks.methods.locate.inference.suggest import SuggestModel
from fewclicks.methods.registry import shipped_files
from fewclicks.methods.shared.points.reading import reading_scale
from fewclicks.methods.shared.points.windows import windows_of
from fewclicks.methods.spec import Resources
from fewclicks.model import AnyModel, Options
from fewclicks.prompts import PointPrompt, Prompts

PITCH, RADIUS, JITTER = 80, 20, 8  # pixels
PART = 25 * PITCH  # of the image, which repeats it
TRAINING_IMAGES, TRAINING_SIDE = 12, 6 * PITCH
SCREEN, REPEATS = 1024, 15
MANY = 1000  # points of the image for the time of refinement
FURTHER = 0.5  # seconds of each further request of the page
CLASS = 1


def discs(side: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Discs that continue on the opposite border; the image and the centres, of which those on a border are once."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(side // PITCH)] * 2), -1).reshape(-1, 2) * PITCH
    centres = (grid + rng.integers(-JITTER, JITTER + 1, grid.shape)) % side
    image = rng.normal(150, 12, (side, side, 3)).clip(0, 255).astype(np.uint8)
    for x, y in (centres[:, None] + np.stack(np.meshgrid(*[(-side, 0, side)] * 2), -1).reshape(-1, 2)).reshape(-1, 2):
        cv2.circle(image, (int(x), int(y)), RADIUS, (90, 40, 110), -1)
    return image, centres


def trained(folder: Path, steps: int) -> Path:
    """A localiser of discs, trained in another process."""
    for name in ("images", "points"):
        (folder / name).mkdir()
    for number in range(TRAINING_IMAGES):
        image, centres = discs(TRAINING_SIDE, number + 1)
        cv2.imwrite(str(folder / "images" / f"{number}.png"), image[..., ::-1])
        (folder / "points" / f"{number}.txt").write_text("".join(f"{x} {y} {CLASS}\n" for x, y in centres))
    shipped = shipped_files(REFINE)
    assert shipped is not None
    start, out = shipped[REFINE.files[0].suffix], folder / "out"
    command = [sys.executable, "-m", "fewclicks", "train", "suggest", "--data", folder, "--backbone", start]
    subprocess.run([*command, "--out", out, "--steps", str(steps)], check=True, stdout=subprocess.DEVNULL)
    return out / "suggest.onnx"


def large(folder: Path, side: int) -> tuple[LargeImage, np.ndarray]:
    """The pyramid and the centres of its discs."""
    image, centres = discs(PART, 0)
    count, file = -(-side // PART), folder / "image.tif"
    tiled = pyvips.Image.new_from_array(image, interpretation="srgb").replicate(count, count).crop(0, 0, side, side)
    tiled.write_to_file(str(file), **(TIFF | {"pyramid": True}))
    found = LevelCache(folder / "levels", 10**9).find(file, "image")
    assert found is not None, "a pyramid needs no levels of its own"
    places = (centres + PART * np.stack(np.meshgrid(*[np.arange(count)] * 2), -1).reshape(-1, 1, 2)).reshape(-1, 2)
    return found, places[((places > RADIUS) & (places < side - RADIUS)).all(1)].astype(float)


def most_memory() -> float:
    """MB that this process held at most."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def in_parts(name: str, model: AnyModel, image: LargeImage, prompts: Prompts) -> PointsAnswer:
    """The answer as the page requests it: until it is complete."""
    encoding, response, parts = model.encode(image), None, 0
    begin, busy = time.perf_counter(), time.process_time()
    while response is None or response.progress < 1:
        response = model.respond(encoding, prompts, response, Options(seconds=FURTHER))
        parts += 1
    took, busy = time.perf_counter() - begin, time.process_time() - busy
    assert isinstance(response.answer, PointsAnswer)
    cost = f"{took:.1f} s ({busy:.1f} s of processor time)"
    print(f"{name}: {cost} in {parts} parts; at most {most_memory():.0f} MB so far", flush=True)
    return response.answer


def on_seams(places: np.ndarray, side: int, scale: float) -> np.ndarray:
    """Which discs a seam crosses."""
    windows = windows_of((side, side), scale)
    edges = np.array(sorted({edge for window in windows for edge in window.inner if np.isfinite(edge)}))
    print(f"  {len(windows)} windows, read at scale {scale:.2f}")
    return (np.abs(places[..., None] - edges) < RADIUS).any((1, 2))


def suggestions(model: AnyModel, image: LargeImage, places: np.ndarray, scale: float) -> None:
    found = in_parts("suggest", model, image, Prompts.of()).points_xy
    at_seam = on_seams(places, image.size_hw[0], scale)
    near = np.array([len(each) for each in cKDTree(found).query_ball_point(places, PITCH / 2 - JITTER)])
    offsets = cKDTree(found).query(places)[0]
    for name, which in (("seams", at_seam), ("elsewhere", ~at_seam)):
        counts = f"{(near[which] == 0).sum()} without a point, {(near[which] > 1).sum()} with several"
        print(f"  {which.sum():,} discs, {name}: {counts}; median offset {np.median(offsets[which]):.1f} px")


def refinement(model: AnyModel, image: LargeImage, places: np.ndarray, spacing: float) -> None:
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, len(places))
    careless = places + 0.7 * RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    prompts = Prompts.of(*(PointPrompt(x, y, CLASS, str(n)) for n, (x, y) in enumerate(careless.tolist())))
    found = in_parts("refine", model, image, prompts)
    assert found.targets == tuple(map(str, range(len(places))))
    offsets = np.hypot(*(found.points_xy - places).T)
    scale = reading_scale(careless, np.full(len(places), CLASS), image.size_hw, spacing)
    at_seam = on_seams(places, image.size_hw[0], scale)
    for name, which in (("seams", at_seam), ("elsewhere", ~at_seam)):
        print(
            f"  {which.sum():,} discs, {name}: mean offset {offsets[which].mean():.1f} px of {0.7 * RADIUS:.0f} before"
        )


def screen_of_suggestions(model: SuggestModel) -> None:
    """An image of the size of a screen, with its encoding, at the scale of the localiser and at full scale."""
    image, own = discs(PART, 0)[0][:SCREEN, :SCREEN], model.localiser.scale
    for scale in (1.0, own):
        model.localiser.scale = scale
        name = f"suggest, {SCREEN} x {SCREEN}, read at scale {scale:.2f}"
        print_cost(name, lambda: model.respond(model.encode(image), Prompts.of()))


def many_refined(model: AnyModel) -> None:
    """Points beyond the encoding: what one further point costs, since all of them are refined again."""
    image, centres = discs(PITCH * round(MANY**0.5 + 1), 0)
    prompts = [PointPrompt(x, y, CLASS, str(n)) for n, (x, y) in enumerate(centres[:MANY].tolist())]
    encoding = model.encode(image)
    read = model.respond(encoding, Prompts.of(*prompts[:-1]))
    print_cost(f"refine, {MANY:,} points", lambda: model.respond(encoding, Prompts.of(*prompts), read))


def print_cost(name: str, work: Callable[[], object]) -> None:
    """Print the milliseconds of `work`, REPEATS times."""
    took, busy = [], time.process_time()
    for _ in range(REPEATS):
        begin = time.perf_counter()
        work()
        took.append((time.perf_counter() - begin) * 1e3)
    busy = (time.process_time() - busy) / REPEATS * 1e3
    cost = f"median {statistics.median(took):.0f} ms, minimum {min(took):.0f} ms ({busy:.0f} ms of processor time)"
    print(f"{name}: {cost}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--weights", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        weights = given.weights or trained(Path(folder), given.steps)
        suggest = open_suggest({".onnx": weights}, Resources())
        screen_of_suggestions(suggest)
        image, places = large(Path(folder), given.side)
        print(
            f"{given.side} x {given.side}, {image.path.stat().st_size / 1e6:.0f} MB, {len(places):,} discs", flush=True
        )
        suggestions(suggest, image, places, suggest.localiser.scale)
        shipped = shipped_files(REFINE)
        assert shipped is not None
        refine = open_refine(shipped, Resources())
        refinement(refine, image, places, refine.network.spacing)
        many_refined(refine)


if __name__ == "__main__":
    main()

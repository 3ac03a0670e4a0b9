"""Both roles of `locate` on a pyramid TIFF that is read in many windows: points on seams are answered once."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
from jaxtyping import Float32, Float64, UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.images.large_image import LargeImage
from fewclicks.images.level_cache import LevelCache
from fewclicks.methods.locate.inference import localiser
from fewclicks.methods.locate.inference.opening import open_refine, open_suggest
from fewclicks.methods.locate.inference.runtime import NetworkInfo
from fewclicks.methods.shared.points import windows
from fewclicks.methods.shared.points.reading import reading_scale
from fewclicks.methods.spec import Resources
from fewclicks.model import AnyModel, Options
from fewclicks.prompts import PointPrompt, Prompts

WEIGHTS = Path(__file__).parents[3] / "src/fewclicks/methods/weights"
PITCH, RADIUS, SIZE_HW = 36, 9, (540, 1080)
SIDE = 180  # of the inner part of a window: a multiple of PITCH, so that discs lie on all seams
CLASS = 5


def centres() -> Float64[np.ndarray, "N 2"]:
    """Places of discs in rows and columns, of which every fifth is on a seam."""
    grid = np.stack(np.meshgrid(*(np.arange(PITCH, side, PITCH) for side in SIZE_HW[::-1])), -1).reshape(-1, 2)
    return grid + np.random.default_rng(0).integers(-1, 2, grid.shape).astype(np.float64)


def picture(places: Float64[np.ndarray, "N 2"]) -> UInt8[np.ndarray, "H W 3"]:
    """Dark discs on noise."""
    pixels = np.random.default_rng(1).normal(150, 12, (*SIZE_HW, 3)).clip(0, 255).astype(np.uint8)
    for x, y in places.astype(int).tolist():
        cv2.circle(pixels, (x, y), RADIUS, (90, 40, 110), -1)
    return cv2.GaussianBlur(pixels, (0, 0), 1)


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LargeImage:
    """The discs as a pyramid TIFF; models read it in 3 x 6 windows."""
    for name, value in (("LONGEST", 2 * SIDE), ("SIDE", SIDE), ("MARGIN", 48)):
        monkeypatch.setattr(windows, name, value)
    file = tmp_path / "discs.tif"
    tiles = {"tile": True, "tile_width": 128, "tile_height": 128, "pyramid": True}
    pyvips.Image.new_from_array(picture(centres()), interpretation="srgb").write_to_file(str(file), **tiles)
    found = LevelCache(tmp_path / "cache", 10**9).find(file, "discs")
    assert found is not None, "a pyramid needs no levels of its own"
    return found


class DarkSpots:
    """A network without training: cells are likelier points the darker their neighbourhood is."""

    def __init__(self, _path: Path, role: str, _threads: int = 0) -> None:
        self.network = NetworkInfo("dark-1", role, (CLASS,), ("disc",), scale=1.0, score=0.5, separation=4.0)

    def maps(self, rgb: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "3 h w"]:
        dark = cv2.GaussianBlur(150 - rgb.mean(2), (0, 0), RADIUS / 2)
        cells = cv2.resize(dark, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        return np.stack([(cells - 25) / 5, 0 * cells, 0 * cells]).astype(np.float32)


def in_parts(model: AnyModel, image: LargeImage, prompts: Prompts) -> tuple[PointsAnswer, int]:
    """Return the answer and in how many parts it came."""
    encoding, response, parts = model.encode(image), None, 0
    while response is None or response.progress < 1:
        response = model.respond(encoding, prompts, response, Options(seconds=0))
        parts += 1
    assert isinstance(response.answer, PointsAnswer)
    return response.answer, parts


def test_a_localiser_finds_each_object_once(image: LargeImage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localiser, "Runtime", DarkSpots)
    model = open_suggest({".onnx": Path("dark.onnx")}, Resources(threads=1))
    found, parts = in_parts(model, image, Prompts.of())
    assert parts == math.prod(SIZE_HW) / SIDE**2
    distances = np.hypot(*(found.points_xy[:, None] - centres()).transpose(2, 0, 1))
    assert (distances.min(1) < 4).all(), "no point away from an object"
    assert ((distances < PITCH / 2).sum(0) == 1).all(), "one point on each object, also on seams"


def test_a_localiser_suggests_nothing_beside_points_across_a_seam(
    image: LargeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(localiser, "Runtime", DarkSpots)
    model = open_suggest({".onnx": Path("dark.onnx")}, Resources(threads=1))
    annotated = centres() + 3
    prompts = Prompts.of(*(PointPrompt(x, y, CLASS, f"a{n}") for n, (x, y) in enumerate(annotated.tolist())))
    assert len(in_parts(model, image, prompts)[0]) == 0


def test_a_refiner_moves_each_point_once_and_as_well_on_seams(
    image: LargeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "SIDE", 2 * SIDE)  # it enlarges objects of this size
    model = open_refine({".onnx": WEIGHTS / "refine.onnx"}, Resources(threads=1))
    true = centres()
    angles = np.random.default_rng(2).uniform(0, 2 * np.pi, len(true))
    careless = true + 0.7 * RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    prompts = Prompts.of(*(PointPrompt(x, y, CLASS, f"a{n}") for n, (x, y) in enumerate(careless.tolist())))
    found, parts = in_parts(model, image, prompts)
    scale = reading_scale(careless, found.class_ids, SIZE_HW, model.network.spacing)
    read = windows.windows_of(SIZE_HW, scale)
    assert parts == len(read) > 10
    assert found.targets == tuple(f"a{n}" for n in range(len(true)))
    offsets = np.hypot(*(found.points_xy - true).T)
    on_seam = np.zeros(len(true), bool)
    for x0, y0, _, _ in (window.inner for window in read):
        on_seam |= (np.abs(true - (x0, y0)) < RADIUS).any(1)
    assert 50 < on_seam.sum() < len(true) - 50
    assert offsets[on_seam].mean() < 0.5 * 0.7 * RADIUS
    assert offsets[on_seam].mean() < 1.25 * offsets[~on_seam].mean()

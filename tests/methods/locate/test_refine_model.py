"""The role `refine` with the shipped version: points move to the centres of objects that no model has seen."""

import time
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float64, UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource
from fewclicks.methods.locate.inference.opening import open_refine
from fewclicks.methods.locate.inference.refine import RefineModel
from fewclicks.methods.locate.options import RefineOptions
from fewclicks.methods.spec import Resources
from fewclicks.model import Options
from fewclicks.prompts import Click, PointPrompt, Prompts

WEIGHTS = Path(__file__).parents[3] / "src/fewclicks/methods/weights"
RADIUS = 9


class Reader:
    """A large image that is read window by window."""

    def __init__(self, pixels: UInt8[np.ndarray, "H W 3"]) -> None:
        self._pixels, self.read_count = pixels, 0

    @property
    def size_hw(self) -> tuple[int, int]:
        return (self._pixels.shape[0], self._pixels.shape[1])

    def read(self, x0: int, y0: int, x1: int, y1: int, shrink: int = 1) -> UInt8[np.ndarray, "h w 3"]:
        self.read_count += 1
        return self._pixels[y0:y1:shrink, x0:x1:shrink]


@pytest.fixture(scope="module")
def model() -> RefineModel:
    return open_refine({".onnx": WEIGHTS / "refine.onnx"}, Resources(threads=1), RefineOptions())


def discs(
    count_xy: tuple[int, int], pitch: int = 36, seed: int = 0
) -> tuple[UInt8[np.ndarray, "H W 3"], Float64[np.ndarray, "N 2"]]:
    """An image of blurred discs on noise, and their centres."""
    rng = np.random.default_rng(seed)
    columns, rows = count_xy
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    centres = (grid + 0.5) * pitch + rng.uniform(-4, 4, grid.shape)
    image = rng.normal(150, 12, (rows * pitch, columns * pitch, 3))
    for x, y in centres:
        left, top = int(x) - 14, int(y) - 14
        part = image[max(top, 0) : top + 29, max(left, 0) : left + 29]
        ys, xs = np.mgrid[max(top, 0) : max(top, 0) + part.shape[0], max(left, 0) : max(left, 0) + part.shape[1]]
        inside = np.hypot(xs + 0.5 - x, ys + 0.5 - y) < RADIUS
        part[inside] = rng.normal((90, 40, 110), 14, (inside.sum(), 3))
    return np.clip(image, 0, 255).astype(np.uint8), centres


def pale_cells(seed: int) -> tuple[UInt8[np.ndarray, "H W 3"], Float64[np.ndarray, "N 2"]]:
    """An image of nearly touching cells with pale middles, which look like the background, and their centres."""
    rng, pitch, radius = np.random.default_rng(seed), 46, 22
    grid = np.stack(np.meshgrid(np.arange(6), np.arange(5)), -1).reshape(-1, 2)
    centres = (grid + 0.5) * pitch + rng.uniform(-3, 3, grid.shape)
    image = rng.normal(215, 8, (5 * pitch, 6 * pitch, 3))
    ys, xs = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    for x, y in centres:
        away = np.hypot(xs - x, ys - y)
        for part, colour in ((away < radius, (190, 120, 130)), (away < 0.45 * radius, (212, 170, 175))):
            image[part] = rng.normal(colour, 8, (part.sum(), 3))
    return np.clip(image, 0, 255).astype(np.uint8), centres


def careless(centres: Float64[np.ndarray, "N 2"], seed: int = 1, radius: float = RADIUS) -> Float64[np.ndarray, "N 2"]:
    """Points on the objects, half a radius and more from their centres."""
    rng = np.random.default_rng(seed)
    angles, lengths = rng.uniform(0, 2 * np.pi, len(centres)), rng.uniform(0.5, 0.9, len(centres)) * radius
    return centres + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def asked(points: Float64[np.ndarray, "N 2"], class_id: int = 5) -> Prompts:
    return Prompts.of(*(PointPrompt(x, y, class_id, f"a{n}") for n, (x, y) in enumerate(points.tolist())))


def offsets(answer: PointsAnswer, centres: Float64[np.ndarray, "N 2"]) -> Float64[np.ndarray, "N"]:
    return np.hypot(*(answer.points_xy - centres).T)


def test_careless_points_move_to_the_centres(model: RefineModel) -> None:
    image, centres = discs((7, 6))
    points = careless(centres)
    answer = model.respond(model.encode(image), asked(points)).answer
    before = np.hypot(*(points - centres).T)
    after = offsets(answer, centres)
    assert after.mean() < 0.4 * before.mean()
    assert (after > before + 2).mean() < 0.1
    assert answer.targets == tuple(f"a{n}" for n in range(42))
    assert (answer.class_ids == 5).all()
    assert answer.scores.min() >= 0
    assert answer.scores.max() <= 1


def test_points_on_objects_at_the_border_do_not_move_to_the_border(model: RefineModel) -> None:
    """The network reads a padded image, whose cells beyond the border repeat the objects there."""
    image, centres = discs((5, 4))
    width = 163  # through the discs of the last column; no multiple of what the image is padded to
    is_cut = centres[:, 0] > width - RADIUS
    points = centres - np.where(is_cut, 5, 0)[:, None] * (1, 0)
    answer = model.respond(model.encode(np.ascontiguousarray(image[:, :width])), asked(points)).answer
    assert is_cut.sum() == 4
    assert (width - answer.points_xy[is_cut, 0]).mean() > 1.5


@pytest.mark.parametrize(("share", "most"), [(1.0, 0.63), (0.4, 0.77)])  # MobileNetV2's own features: 0.70, 0.85
def test_points_on_pale_touching_cells_move_to_the_centres(model: RefineModel, share: float, most: float) -> None:
    before, after = [], []
    for seed in range(3):
        image, centres = pale_cells(seed)
        annotated = np.random.default_rng(seed).permutation(len(centres))[: int(share * len(centres))]
        points = careless(centres[annotated], seed, 19)
        before.append(np.hypot(*(points - centres[annotated]).T).mean())
        after.append(offsets(model.respond(model.encode(image), asked(points)).answer, centres[annotated]).mean())
    assert np.mean(after) < most * np.mean(before)


def test_each_class_is_what_its_own_points_say(model: RefineModel) -> None:
    image, centres = discs((7, 6))
    points = careless(centres)
    kinds = np.arange(42) % 3 == 0
    prompts = Prompts.of(
        *(
            PointPrompt(x, y, 9 if kind else 4, str(n))
            for n, ((x, y), kind) in enumerate(zip(points, kinds, strict=True))
        )
    )
    answer = model.respond(model.encode(image), prompts).answer
    np.testing.assert_array_equal(answer.class_ids, np.where(kinds, 9, 4))
    assert offsets(answer, centres).mean() < np.hypot(*(points - centres).T).mean()


def test_points_on_a_fifth_of_the_objects_are_refined_better_at_a_larger_spacing(model: RefineModel) -> None:
    """Neighbouring points are then further apart than neighbouring objects, so objects are small when they are read."""
    image, centres = discs((12, 12), pitch=20)
    few = np.random.default_rng(2).choice(len(centres), 28, replace=False)
    encoding, points = model.encode(image), careless(centres)[few]
    wider = open_refine({".onnx": WEIGHTS / "refine.onnx"}, Resources(threads=1), RefineOptions(spacing=128))
    usual, better = (offsets(each.respond(encoding, asked(points)).answer, centres[few]) for each in (model, wider))
    assert better.mean() < 0.9 * usual.mean()


def test_an_earlier_response_only_saves_time(model: RefineModel) -> None:
    image, centres = discs((6, 5))
    encoding, points = model.encode(image), careless(centres)
    first = model.respond(encoding, asked(points[:-1]))
    second = model.respond(encoding, asked(points), first)
    alone = model.respond(encoding, asked(points))
    np.testing.assert_array_equal(second.answer.points_xy, alone.answer.points_xy)
    assert model.respond(encoding, asked(points), second).memo is second.memo


def test_no_points_no_answer(model: RefineModel) -> None:
    image, _ = discs((2, 2))
    response = model.respond(model.encode(image), Prompts())
    assert len(response.answer) == 0
    assert response.progress == 1


def test_one_point_is_refined(model: RefineModel) -> None:
    image, centres = discs((3, 3))
    answer = model.respond(model.encode(image), asked(careless(centres)[4:5])).answer
    assert np.isfinite(answer.points_xy).all()


def test_a_large_image_is_answered_in_parts_without_a_seam(model: RefineModel) -> None:
    image, centres = discs((60, 10))
    points = careless(centres)
    whole: ImageSource = Reader(image)
    encoding = model.encode(whole)
    response = model.respond(encoding, asked(points), None, Options(seconds=0))
    assert 0 < response.progress < 1
    calls = 1
    while response.progress < 1:
        response = model.respond(encoding, asked(points), response, Options(seconds=0))
        calls += 1
    assert calls == 5  # windows
    at_once = model.respond(encoding, asked(points))
    np.testing.assert_array_equal(response.answer.points_xy, at_once.answer.points_xy)
    before, after = np.hypot(*(points - centres).T), offsets(response.answer, centres)
    assert after.mean() < 0.45 * before.mean()
    at_seam = np.abs(centres[:, 0] - 432) < 36
    assert after[at_seam].mean() < 0.6 * before[at_seam].mean()


def test_points_outside_and_other_prompts_are_refused(model: RefineModel) -> None:
    encoding = model.encode(discs((2, 2))[0])
    with pytest.raises(InputError, match=r"the point at 90, 5 is outside the image of 72x72 pixels"):
        model.respond(encoding, Prompts.of(PointPrompt(90, 5, 1)))
    with pytest.raises(InputError, match="accepts points, not clicks"):
        model.respond(encoding, Prompts.of(Click(5, 5, True)))


def test_a_thousand_points_take_less_than_a_second_beyond_the_encoding(model: RefineModel) -> None:
    image, centres = discs((40, 25), pitch=28)
    encoding, points = model.encode(image), careless(centres)
    read = model.respond(encoding, asked(points[:-1]))
    start = time.process_time()  # of one thread: other work on the machine does not count
    again = model.respond(encoding, asked(points), read)
    assert time.process_time() - start < 1.0
    assert len(again.answer) == 1000

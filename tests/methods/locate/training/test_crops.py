"""Training crops show their image where they say, with its points where the pixels are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from fewclicks.datasets.pointed_images import PointedImage, PointedSource  # noqa: E402
from fewclicks.methods.locate.training.data.batches import points_of  # noqa: E402
from fewclicks.methods.locate.training.data.scales import Reading, fixed_scale, scale_of_all, scales_of  # noqa: E402
from fewclicks.methods.shared.training import point_crops  # noqa: E402
from fewclicks.methods.shared.training.point_crops import Crop, CropSampler, ReadImage  # noqa: E402

READINGS: tuple[Reading, ...] = ("neighbours", "data", "native")


def source(folder: Path, *images: tuple[tuple[int, int], list[tuple[float, float]]]) -> PointedSource:
    """Black images of a size with a white pixel around each point."""
    pointed = []
    for number, (size_hw, points) in enumerate(images):
        pixels = np.zeros((*size_hw, 3), np.uint8)
        for x, y in points:
            pixels[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2] = 255
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), pixels)
        pointed.append(
            PointedImage(path, size_hw, np.array(points, np.float64).reshape(-1, 2), np.full(len(points), 4))
        )
    return PointedSource("made up", tuple(pointed), {4: "cell"})


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_points_stay_on_what_they_are_on(tmp_path: Path, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_crops, "vary_colours", lambda rgb, rng: rgb)
    made = source(tmp_path, ((60, 90), [(20.5, 30.5), (70.5, 12.5)]))
    sampler = CropSampler([made], [[scale]], 64)
    for seed in range(12):
        crop = sampler.draw(np.random.default_rng(seed))
        for x, y in crop.points_xy:
            if 2 < x < 62 and 2 < y < 62:
                assert crop.rgb[int(y), int(x)].min() > 60


def test_a_small_image_is_somewhere_in_its_crop(tmp_path: Path) -> None:
    sampler = CropSampler([source(tmp_path, ((20, 40), [(10.5, 10.5)]))], [[1.0]], 96)
    for seed in range(8):
        crop = sampler.draw(np.random.default_rng(seed))
        sides = crop.area_xyxy[2:] - crop.area_xyxy[:2]
        assert sorted(sides / sides.min()) == pytest.approx([1, 2])
        assert (crop.area_xyxy >= 0).all()
        assert (crop.area_xyxy <= 96).all()
        assert (crop.points_xy >= crop.area_xyxy[:2]).all()


def test_an_image_is_read_at_the_scale_of_its_points(tmp_path: Path) -> None:
    made = source(
        tmp_path, ((100, 100), [(10, 10), (28, 10), (46, 10)]), ((100, 100), [(10, 10), (82, 10)]), ((50, 50), [])
    )
    assert scales_of([made], "neighbours") == [[2.0, 0.5, 2.0]]
    assert scales_of([made], "data") == [[2.0] * 3]
    assert scales_of([made], "native") == [[1.0] * 3]
    assert [fixed_scale([made], reading) for reading in READINGS] == [None, 2.0, 1.0]
    assert scale_of_all([made]) == 2.0
    read = ReadImage(made.images[1], 0.5)
    assert read.size_hw == read.pixels().shape[:2] == (50, 50)
    np.testing.assert_allclose(read.points_xy, [[5, 5], [41, 5]])


def test_without_two_points_of_a_class_the_scale_is_1(tmp_path: Path) -> None:
    made = source(tmp_path, ((100, 100), [(10, 10)]))
    assert scales_of([made], "neighbours") == [[1.0]]


def test_points_just_outside_a_crop_are_in_its_batch() -> None:
    points = np.array([[10.0, 10], [-6, 10], [-30, 10], [80, 60]])
    crop = Crop(np.zeros((64, 64, 3), np.uint8), points, np.full(4, 7), np.array([0.0, 0, 64, 64]))
    batch = points_of([crop, crop], {7: 2}, 4, 5.0, torch.device("cpu"))
    assert batch.points.tolist() == [[2.5, 2.5], [-1.5, 2.5], [20, 15]] * 2
    assert batch.image.tolist() == [0, 0, 0, 1, 1, 1]
    assert batch.channels.tolist() == [2] * 6
    assert batch.shown.tolist() == [True, False, False] * 2

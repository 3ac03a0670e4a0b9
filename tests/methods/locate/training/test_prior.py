"""The training of the shipped refiner: its data, its crops, the closed form in torch, and its losses."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from jaxtyping import Float64

torch = pytest.importorskip("torch", reason="training needs fewclicks[train]")

from scipy.spatial import cKDTree  # noqa: E402
from torch import Tensor  # noqa: E402

from fewclicks.datasets.pointed_images import PointedImage, PointedSource  # noqa: E402
from fewclicks.errors import InputError  # noqa: E402
from fewclicks.formats.coco import CocoInstances  # noqa: E402
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass  # noqa: E402
from fewclicks.methods.locate.inference.closed_form import cell_centres, class_scores  # noqa: E402
from fewclicks.methods.locate.training.prior import crops, sets  # noqa: E402
from fewclicks.methods.locate.training.prior.closed_form import (  # noqa: E402
    background_cells,
    class_map,
)
from fewclicks.methods.locate.training.prior.crops import ClassCrop, ClassCropSampler  # noqa: E402
from fewclicks.methods.locate.training.prior.losses import (  # noqa: E402
    crop_losses,
    point_loss,
    scene_of,
    score_loss,
    soft_refined,
)
from fewclicks.methods.locate.training.prior.sets import HELD_OUT, read_training_set, training_sets  # noqa: E402

Boxes = Float64[np.ndarray, "N 4"]
SIDE = 96
BOXES = np.array([[8.0, 8, 40, 40], [56, 12, 88, 44], [20, 60, 44, 84]])


def write_set(folder: Path, images: int = 2) -> None:
    """A set of images with one box each."""
    (folder / "images").mkdir(parents=True)
    records, annotations = [], []
    for number in range(1, images + 1):
        cv2.imwrite(str(folder / f"images/{number:03}.png"), np.full((40, 60, 3), 90, np.uint8))
        records.append(ImageRecord(number, f"images/{number:03}.png", 60, 40))
        annotations.append(Annotation(str(number), number, 1, Box(30, 20, 50, 32)))
    dataset = Dataset((LabelClass(1, "thing"),), tuple(records), tuple(annotations))
    CocoInstances().write(dataset, folder / "train.json")


@pytest.mark.parametrize("name", HELD_OUT)
def test_a_held_out_set_is_refused(name: str, tmp_path: Path) -> None:
    write_set(tmp_path / name)
    with pytest.raises(InputError, match=f"{name} is held out for measurements; train on other sets"):
        read_training_set(str(tmp_path / name / "train.json"))


@pytest.mark.parametrize("name", HELD_OUT)
def test_training_stops_if_a_held_out_set_is_among_the_others(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "SETS", ())
    for folder in ("boxes/bolts", f"masks/{name.upper()}"):
        write_set(tmp_path / folder)
    with pytest.raises(InputError, match="held out"):
        training_sets(tmp_path)


def test_only_training_sets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "SETS", ("pcb/train.json",))
    for folder in ("boxes/bolts", "masks/food", "pcb", *HELD_OUT):
        write_set(tmp_path / folder)
    paths = {image.path.relative_to(tmp_path).parts[-3] for each in training_sets(tmp_path) for image in each.images}
    assert paths == {"bolts", "food", "pcb"}


def test_the_last_photos_of_cats_are_for_tests(tmp_path: Path) -> None:
    write_set(tmp_path / "cats", 62)
    source = read_training_set(str(tmp_path / "cats/train.json"))
    assert [image.path.name for image in source.images] == ["001.png", "002.png"]


def discs(boxes: Boxes = BOXES) -> ClassCrop:
    """A crop of discs in boxes, each with a point near its border."""
    points = np.stack([boxes[:, 0] * 0.8 + boxes[:, 2] * 0.2, (boxes[:, 1] + boxes[:, 3]) / 2], axis=1)
    rgb = np.zeros((SIDE, SIDE, 3), np.uint8)
    return ClassCrop(rgb, points, boxes, boxes, np.array([0.0, 0, SIDE, SIDE]))


def perfect_scores(crop: ClassCrop) -> Tensor:
    cells = SIDE // 4
    return torch.from_numpy(scene_of(crop, (cells, cells)).inside).float().reshape(cells, cells)


def test_perfect_scores_cost_nothing_and_move_points_to_the_centres() -> None:
    crop = discs()
    scores, scene = perfect_scores(crop), scene_of(crop, (SIDE // 4, SIDE // 4))
    points = torch.from_numpy(crop.points_xy / 4).float()
    assert float(score_loss(scores.flatten(), scene)) == 0
    assert float(score_loss(1 - scores.flatten(), scene)) == 2
    before, after = (float(point_loss(each, crop)) for each in (points, soft_refined(scores, points, scene)))
    assert before == pytest.approx(0.3, abs=0.02)
    assert after < 0.08


def test_semantic_points_end_at_gaps_and_half_way_to_other_points() -> None:
    touching = discs(np.array([[8.0, 30, 40, 62], [40, 30, 72, 62]]))
    points = torch.from_numpy(touching.points_xy / 4).float()
    everywhere = torch.ones(SIDE // 4, SIDE // 4)
    refined = soft_refined(everywhere, points, scene_of(touching, (SIDE // 4, SIDE // 4)))
    middle = float(points[:, 0].mean())
    assert float(refined[0, 0]) < middle < float(refined[1, 0])
    gap = everywhere.clone()
    gap[:, int(points[0, 0]) + 2 :] = 0
    stopped = soft_refined(gap, points[:1], scene_of(discs(touching.boxes[:1]), (SIDE // 4, SIDE // 4)))
    assert float(stopped[0, 0]) < float(points[0, 0]) + 2


def test_all_objects_of_the_class_are_inside_annotated_or_not() -> None:
    crop = discs()
    alone = ClassCrop(crop.rgb, crop.points_xy[:1], crop.boxes_of_points[:1], crop.boxes, crop.area_xyxy)
    cells = (SIDE // 4, SIDE // 4)
    np.testing.assert_array_equal(scene_of(alone, cells).inside, scene_of(crop, cells).inside)


def test_losses_reach_the_features() -> None:
    features = torch.randn(6, SIDE // 4, SIDE // 4, requires_grad=True)
    losses = crop_losses(features, discs())
    assert set(losses) == {"point", "score"}
    for loss in losses.values():
        (gradient,) = torch.autograd.grad(loss, features, retain_graph=True)
        assert bool(gradient.isfinite().all())
        assert float(gradient.abs().sum()) > 0


def test_the_closed_form_in_torch_is_that_of_inference() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(12, 30, 40)).astype(np.float32)
    points = rng.uniform(4, 26, (5, 2))
    features[:, 4:20, 5:25] += 1
    (expected,) = class_scores(features, points, np.zeros(5, np.int64), 1)
    cells = cell_centres((30, 40))
    shown = np.ones(len(cells), bool)
    background = background_cells(cKDTree(points), cells, shown)
    found = class_map(
        torch.from_numpy(features),
        torch.from_numpy(points).float(),
        torch.from_numpy(background),
        torch.from_numpy(shown),
    )
    np.testing.assert_allclose(found.clamp(0, 1).numpy(), expected, atol=1e-3)


def test_cells_beyond_the_image_are_no_background() -> None:
    cells = cell_centres((20, 20))
    shown = cells[:, 0] < 12
    background = background_cells(cKDTree(np.array([[2.0, 2]])), cells, shown)
    assert len(background)
    assert shown[background].all()


def test_crops_show_objects_where_their_boxes_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "vary_colours", lambda rgb, rng: rgb)
    pixels = np.zeros((120, 160, 3), np.uint8)
    boxes = np.array([[12.0, 20, 36, 50], [60, 30, 90, 48], [100, 70, 124, 100], [20, 80, 50, 104]])
    for x0, y0, x1, y1 in boxes.astype(int):
        pixels[y0:y1, x0:x1] = 255
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    image = PointedImage(tmp_path / "a.png", (120, 160), (boxes[:, :2] + boxes[:, 2:]) / 2, np.full(4, 3), boxes)
    sampler = ClassCropSampler([PointedSource("made up", (image,), {3: "thing"})], 128, 40.0)
    for seed in range(10):
        crop = sampler.draw(np.random.default_rng(seed))
        assert crop.boxes.shape == (4, 4)
        assert len(crop.points_xy) == len(crop.boxes_of_points) > 0
        inside = (crop.points_xy >= crop.boxes_of_points[:, :2]) & (crop.points_xy <= crop.boxes_of_points[:, 2:])
        assert inside.all()
        for x0, y0, x1, y1 in np.clip(crop.boxes, 0, 127):
            middle = crop.rgb[round(y0 * 0.5 + y1 * 0.5), round(x0 * 0.5 + x1 * 0.5)]
            assert middle.min() > 200 or x1 - x0 < 3 or y1 - y0 < 3


def test_an_annotator_leaves_objects_out_and_takes_one_class(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((200, 200, 3), 100, np.uint8))
    corners = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(-1, 2) * 36.0 + 8
    boxes = np.concatenate([corners, corners + 20], axis=1)
    image = PointedImage(tmp_path / "a.png", (200, 200), corners + 10, np.arange(25) % 2, boxes)
    sampler = ClassCropSampler([PointedSource("made up", (image,), {0: "even", 1: "odd"})], 128, 36.0)
    drawn = [sampler.draw(np.random.default_rng(seed)) for seed in range(20)]
    assert {len(crop.boxes) for crop in drawn} == {12, 13}
    assert min(len(crop.points_xy) for crop in drawn) < 4 < max(len(crop.points_xy) for crop in drawn)

from pathlib import Path

import numpy as np
import pytest

from fewclicks.datasets.boxed_images import read_boxes
from fewclicks.errors import InputError
from fewclicks.synthetic.drawing import Wanted, draw_scenes, write_set
from fewclicks.synthetic.looks import APART, OUTLINES, TEXTURES, draw_looks

SMALL = Wanted(images=3, classes=4, side=256, objects=12, seed=5)


def test_a_set_is_read_back_upright_and_oriented(tmp_path: Path) -> None:
    path = write_set(SMALL, tmp_path / "new" / "made")
    upright, turned = read_boxes(str(path)), read_boxes(str(path), oriented=True)
    assert [image.size_hw for image in turned.images] == [(256, 256)] * 3
    assert len(turned.class_names) == len(set(turned.class_names.values())) == 4
    for a, b in zip(upright.images, turned.images, strict=True):
        assert len(a.boxes) == len(b.boxes) >= 5
        assert (a.boxes[:, 4] == 0).all()
        areas = a.boxes[:, 2:4].prod(1), b.boxes[:, 2:4].prod(1)
        assert (areas[1] <= areas[0] + 1e-6).all()
        assert (a.boxes[:, :2] - a.boxes[:, 2:4] / 2 >= 0).all()
        assert (a.boxes[:, :2] + a.boxes[:, 2:4] / 2 <= 256).all()
    assert any(image.boxes[:, 4].any() for image in turned.images)


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    def files(name: str, seed: int) -> dict[str, bytes]:
        write_set(Wanted(images=2, classes=3, side=96, objects=5, seed=seed), tmp_path / name)
        return {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}

    assert files("a", 1) == files("b", 1)
    assert files("a2", 1)["set.json"] != files("c", 2)["set.json"]


def test_what_is_drawn_lies_in_its_outline() -> None:
    """Around every object the picture is its ground; in it, it is one of its two colours, more or less."""
    looks = draw_looks(5, np.random.default_rng(3))
    for scene in draw_scenes(Wanted(images=2, side=320, objects=15, seed=3), looks):
        for outline, number in zip(scene.outlines, scene.looks, strict=True):
            x, y = outline.mean(0).astype(int)
            if looks[number].shape in ("oval", "polygon", "gear") and not looks[number].hole:
                far = np.abs(looks[number].colours - scene.image[y, x]).max(1).min()
                assert far < APART


def test_classes_are_an_open_ended_variety() -> None:
    looks = draw_looks(300, np.random.default_rng(0))
    assert {look.shape for look in looks} == set(OUTLINES)
    assert {look.texture for look in looks} == set(TEXTURES)
    assert len({tuple(look.colours.ravel()) for look in looks}) > 150
    for look in looks:
        assert np.abs(look.outline).max() == pytest.approx(1)
        assert np.ptp(look.outline, axis=0).max() == pytest.approx(2)
        assert np.linalg.norm(look.colours[0] - look.colours[1]) >= APART


def test_an_image_shows_at_most_six_of_many_classes() -> None:
    looks = draw_looks(30, np.random.default_rng(0))
    scenes = list(draw_scenes(Wanted(images=4, classes=30, side=256, objects=40), looks))
    assert all(len(set(scene.looks.tolist())) <= 6 for scene in scenes)
    assert len(set().union(*(scene.looks.tolist() for scene in scenes))) > 8


def test_no_room_means_fewer_objects() -> None:
    looks = draw_looks(2, np.random.default_rng(0))
    (scene,) = draw_scenes(Wanted(images=1, classes=2, side=64, objects=500), looks)
    assert 0 < len(scene.outlines) < 200


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with pytest.raises(InputError, match="the folder already exists"):
        write_set(SMALL, tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


def test_other_images_of_the_same_classes(tmp_path: Path) -> None:
    both = read_boxes(str(write_set(Wanted(images=2, classes=3, side=96, objects=5), tmp_path / "both")))
    second = read_boxes(str(write_set(Wanted(images=1, classes=3, side=96, objects=5, first=2), tmp_path / "second")))
    assert second.class_names == both.class_names
    np.testing.assert_array_equal(second.images[0].boxes, both.images[1].boxes)
    np.testing.assert_array_equal(second.images[0].pixels(), both.images[1].pixels())

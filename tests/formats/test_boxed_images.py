"""Sets of every kind, as images with boxes."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from label_files import dataset_of, put_image, put_text, put_yolo
from panoptic_files import save_panoptic

from fewclicks.datasets.boxed_images import BoxedSource, boxes_of, read_boxes
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Box, OrientedBox, Polygons

DIAMOND = (10.0, 5.0, 15.0, 10.0, 10.0, 15.0, 5.0, 10.0)


def rows(source: BoxedSource, index: int = 0) -> list[list[float]]:
    return np.round(source.images[index].boxes, 6).tolist()


def put_coco(folder: Path, annotations: list[dict], images_in: str = "images") -> Path:  # type: ignore[type-arg]
    put_image(folder / images_in / "a.png")
    images = [{"id": 3, "file_name": "a.png", "width": 40, "height": 30}]
    numbered = [{"id": n, "image_id": 3, "category_id": 7, "iscrowd": 0, **a} for n, a in enumerate(annotations)]
    put_text(
        folder / "set.json",
        json.dumps({"images": images, "annotations": numbered, "categories": [{"id": 7, "name": "cell"}]}),
    )
    return folder / "set.json"


@pytest.mark.parametrize("folder", ["images", "."])
def test_coco_boxes_with_the_ids_and_names_of_the_set(tmp_path: Path, folder: str) -> None:
    path = put_coco(tmp_path, [{"bbox": [2, 4, 10, 6]}, {"bbox": [0, 0, 9, 9], "iscrowd": 1}], folder)
    source = read_boxes(f"{path}:2.5")
    assert (source.name, source.weight, source.class_names) == (f"{tmp_path.name}/set", 2.5, {7: "cell"})
    assert rows(source) == [[7, 7, 10, 6, 0]]
    assert source.images[0].class_ids.tolist() == [7]
    assert source.images[0].ignored.tolist() == [[4.5, 4.5, 9, 9, 0]]
    assert source.images[0].ignored_class_ids.tolist() == [7]
    assert source.images[0].pixels().shape == (30, 40, 3)


def test_of_a_panoptic_file_the_things(tmp_path: Path) -> None:
    source = read_boxes(str(save_panoptic(tmp_path)))
    assert source.class_names == {1: "cat", 2: "dog"}
    assert rows(source) == [[2, 2, 2, 2, 0], [5, 2, 2, 2, 0]]
    assert source.images[0].class_ids.tolist() == [1, 2]
    assert len(source.images[1].ignored) == 1
    assert source.images[0].path == tmp_path / "panoptic" / "one.jpg"


def test_oriented_boxes_are_the_rectangles_of_least_area(tmp_path: Path) -> None:
    path = put_coco(tmp_path, [{"segmentation": [list(DIAMOND)]}])
    assert rows(read_boxes(str(path))) == [[10, 10, 10, 10, 0]]
    ((cx, cy, w, h, angle),) = rows(read_boxes(str(path), oriented=True))
    assert (cx, cy) == (10, 10)
    np.testing.assert_allclose([w, h, angle], [50**0.5, 50**0.5, np.pi / 4], atol=1e-5)


def test_every_shape_has_a_box() -> None:
    mask = Mask.from_full(np.pad(np.ones((4, 8), bool), ((3, 23), (2, 30))))
    shapes = (Box(2, 3, 10, 7), Polygons(((2, 3, 10, 3, 10, 7, 2, 7),)), mask, OrientedBox(6, 5, 8, 4, 0))
    for oriented in (False, True):
        source = boxes_of(dataset_of(*shapes), Path(), oriented, "made up")
        assert rows(source) == [[6, 5, 8, 4, 0]] * 4


def test_boxes_without_area_are_left_out_and_images_without_objects_stay() -> None:
    source = boxes_of(dataset_of(Box(3, 3, 3, 9)), Path(), False, "made up")
    assert source.images[0].boxes.shape == (0, 5)
    assert source.images[0].class_ids.shape == (0,)


def test_yolo_sets_by_name(tmp_path: Path) -> None:
    put_yolo(tmp_path, "1 0.5 0.5 0.5 0.2\n")
    whole = read_boxes(str(tmp_path))
    assert [image.path.name for image in whole.images] == ["a.png", "b.png", "c.png"]
    train = read_boxes(f"{tmp_path / 'data.yaml'}@train:3")
    assert (train.name, train.weight, train.class_names) == (f"{tmp_path.name}/data@train", 3, {0: "fish", 1: "crab"})
    assert rows(train) == [[20, 15, 20, 6, 0]]
    assert [image.path.name for image in train.images] == ["a.png", "b.png"]
    with pytest.raises(InputError, match="no images in the split 'test'"):
        read_boxes(f"{tmp_path}@test")
    with pytest.raises(InputError, match="no boxes in any image"):
        read_boxes(f"{tmp_path}@val")


def test_voc_sets_by_their_lists(tmp_path: Path) -> None:
    for name, x1 in (("a", 20), ("b", 30)):
        put_image(tmp_path / "JPEGImages" / f"{name}.png")
        corners = f"<xmin>1</xmin><ymin>1</ymin><xmax>{x1}</xmax><ymax>10</ymax>"
        found = f"<object><name>cell</name><bndbox>{corners}</bndbox></object>"
        size = "<size><width>40</width><height>30</height><depth>3</depth></size>"
        text = f"<annotation><filename>{name}.png</filename>{size}{found}</annotation>"
        put_text(tmp_path / "Annotations" / f"{name}.xml", text)
    put_text(tmp_path / "ImageSets" / "Main" / "trainval.txt", "a\n")
    put_text(tmp_path / "ImageSets" / "Main" / "test.txt", "b\n")
    assert [image.path.name for image in read_boxes(f"{tmp_path}@trainval").images] == ["a.png"]
    (test,) = read_boxes(f"{tmp_path / 'Annotations'}@test").images
    assert test.path == tmp_path / "JPEGImages" / "b.png"
    assert test.pixels().shape == (30, 40, 3)


@pytest.mark.parametrize("named", ["", "labelTxt"])
def test_dota(tmp_path: Path, named: str) -> None:
    put_image(tmp_path / "images" / "a.png")
    lines = "10 5 15 10 10 15 5 10 ship 0\n20 5 25 10 20 15 15 10 ship 1\n"
    put_text(tmp_path / "labelTxt" / "a.txt", lines)
    source = read_boxes(str(tmp_path / named), oriented=True)
    np.testing.assert_allclose(source.images[0].boxes, [[10, 10, 50**0.5, 50**0.5, np.pi / 4]], atol=1e-5)
    assert len(source.images[0].ignored) == 1  # the difficult one
    assert list(source.class_names.values()) == ["ship"]
    assert source.images[0].pixels().shape == (30, 40, 3)


def test_a_sample_is_random_by_its_seed_and_no_larger_than_the_set(tmp_path: Path) -> None:
    put_yolo(tmp_path, "1 0.5 0.5 0.5 0.2\n")
    source = read_boxes(str(tmp_path))
    drawn = {tuple(image.path.name for image in source.sample(2, seed).images) for seed in range(20)}
    assert len(drawn) > 1
    assert {len(names) for names in drawn} == {2}
    assert source.sample(2, 5) == source.sample(2, 5)
    assert set(source.sample(9, 0).images) == set(source.images)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.json: file or folder not found"):
        read_boxes(str(tmp_path / "absent.json"))
    with pytest.raises(InputError, match="no text files with labels"):
        read_boxes(str(tmp_path))
    with pytest.raises(InputError, match="weight above 0"):
        read_boxes(f"{tmp_path}:0")
    path = put_coco(tmp_path, [{"bbox": [2, 4, 10, 6]}])
    put_image(tmp_path / "images" / "a.png", 20, 20)
    with pytest.raises(InputError, match=r"a\.png: expected 40x30 pixels as in its boxes, got 20x20"):
        read_boxes(str(path)).images[0].pixels()


DATA = Path(__file__).parents[3] / "shared" / "data"
REAL = {
    "pcb/test.json": (120, 750, 6),
    "nuclei/test.json": (45, 1441, 1),
    "scenes/panoptic_train.json": (100, 740, 80),
    "aquarium@test": (40, None, 7),
    "bccd@trainval": (292, None, 3),
    "dota8@val": (4, None, 15),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize(("spec", "expected"), REAL.items(), ids=REAL.keys())
def test_real_sets(spec: str, expected: tuple[int, int | None, int]) -> None:
    images, objects, classes = expected
    source = read_boxes(str(DATA / spec), oriented=spec.startswith(("dota8", "nuclei")))
    counts = Counter(int(known) for image in source.images for known in image.class_ids)
    assert (len(source.images), len(source.class_names)) == (images, classes)
    assert objects in (None, counts.total())
    assert set(counts) <= set(source.class_names)
    assert source.images[0].pixels().shape[:2] == source.images[0].size_hw

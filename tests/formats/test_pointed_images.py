"""Sets of every kind, as images with points."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from label_files import dataset_of, put_image, put_text, put_yolo
from panoptic_files import save_panoptic

from fewclicks.datasets.pointed_images import PointedSource, points_of, read_points
from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Point, Polygons, Shape


def of(*shapes: Shape) -> PointedSource:
    return points_of(dataset_of(*shapes), Path(), "made up")


def put_points(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        put_image(folder / "images" / f"{name}.png")
        put_text(folder / "points" / f"{name}.txt", text)
    return folder


def test_a_folder_of_points(tmp_path: Path) -> None:
    put_points(tmp_path, a="3 4 7", b="1 2.5 7\n39 30 10\n")
    source = read_points(f"{tmp_path}:2")
    assert (source.name, source.weight, source.class_names) == (tmp_path.name, 2, {7: "7", 10: "10"})
    first, second = source.images
    assert first.points_xy.tolist() == [[3, 4]]
    assert second.points_xy.tolist() == [[1, 2.5], [39, 30]]
    assert second.class_ids.tolist() == [7, 10]
    assert (first.boxes, first.masks) == (None, None)
    assert (len(first.ignored), len(first.ignored_class_ids)) == (0, 0)
    assert first.pixels().shape == (30, 40, 3)


def test_points_of_coco(tmp_path: Path) -> None:
    put_image(tmp_path / "images" / "a.png")
    CocoInstances().write(dataset_of(Point(3, 4), Point(5, 6)), tmp_path / "set.json")
    source = read_points(str(tmp_path / "set.json"))
    assert source.images[0].points_xy.tolist() == [[3, 4], [5, 6]]
    assert source.images[0].path == tmp_path / "images" / "a.png"


def test_the_point_of_a_shape_with_an_area_is_the_centre_of_its_box() -> None:
    mask = Mask.from_full(np.pad(np.ones((4, 8), bool), ((3, 23), (2, 30))))
    shapes = (Box(2, 3, 10, 7), OrientedBox(6, 5, 8, 4, 0), Polygons(((2, 3, 10, 3, 10, 7, 2, 7),)), mask)
    (image,) = of(*shapes).images
    assert image.points_xy.tolist() == [[6, 5]] * 4
    assert image.boxes is not None
    assert image.boxes.tolist() == [[2, 3, 10, 7]] * 4
    assert image.masks is None
    (image,) = of(*shapes[2:]).images
    assert image.masks == (mask, mask)


def test_a_box_that_reaches_outside_counts_as_far_as_it_is_inside() -> None:
    (image,) = of(Box(-10, 20, 2, 40), Box(41, 1, 44, 5), Box(3, 3, 3, 9)).images
    assert image.points_xy.tolist() == [[1, 25]]
    assert image.boxes is not None
    assert image.boxes.tolist() == [[0, 20, 2, 30]]


def test_as_soon_as_one_object_is_a_point_none_has_a_box() -> None:
    (image,) = of(Box(2, 3, 10, 7), Point(1, 1)).images
    assert image.points_xy.tolist() == [[6, 5], [1, 1]]
    assert (image.boxes, image.masks) == (None, None)


def test_points_of_one_class_in_one_pixel_count_once() -> None:
    points = [(3.1, 4.9, 1), (3.9, 4.1, 1), (3.1, 4.9, 2), (4, 4.9, 1), (3.5, 4.5, 1)]
    annotations = tuple(Annotation(str(n), 1, known, Point(x, y)) for n, (x, y, known) in enumerate(points))
    dataset = Dataset((LabelClass(1, "a"), LabelClass(2, "b")), (ImageRecord(1, "a.png", 40, 30),), annotations)
    source = points_of(dataset, Path(), "made up")
    assert source.repeated == 2
    assert source.images[0].points_xy.tolist() == [[3.1, 4.9], [3.1, 4.9], [4, 4.9]]
    assert source.images[0].class_ids.tolist() == [1, 2, 1]


def test_boxes_with_one_centre_are_different_objects() -> None:
    source = of(Box(2, 3, 10, 7), Box(4, 4, 8, 6))
    assert (source.repeated, len(source.images[0].points_xy)) == (0, 2)


def test_of_a_panoptic_file_the_things_with_their_masks_and_crowds_apart(tmp_path: Path) -> None:
    source = read_points(str(save_panoptic(tmp_path)))
    assert source.class_names == {1: "cat", 2: "dog"}
    assert source.images[0].points_xy.tolist() == [[2, 2], [5, 2]]
    assert [mask.area for mask in source.images[0].masks or ()] == [4, 3]
    assert source.images[1].ignored.shape == (1, 4)
    assert source.images[1].ignored_class_ids.shape == (1,)


def test_images_without_objects_stay_and_splits_are_those_of_the_set(tmp_path: Path) -> None:
    put_yolo(tmp_path, "1 0.5 0.5 0.5 0.2\n")
    source = read_points(f"{tmp_path}@train")
    assert [len(image.points_xy) for image in source.images] == [1, 0]
    assert source.images[0].points_xy.tolist() == [[20, 15]]
    assert len(source.sample(1, 3).images) == 1
    assert source.sample(2, 5) == source.sample(2, 5)


def test_splits_of_a_folder_of_points_are_folders(tmp_path: Path) -> None:
    for split, x in (("train", 3), ("test", 5)):
        put_image(tmp_path / split / "images" / "a.png")
        put_text(tmp_path / split / "points" / "a.txt", f"{x} 4 cell")
    (test,) = read_points(f"{tmp_path}@test").images
    assert test.points_xy.tolist() == [[5, 4]]
    assert test.path == tmp_path / "test" / "images" / "a.png"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.json: file or folder not found"):
        read_points(str(tmp_path / "absent.json"))
    put_points(tmp_path, a="3 4 cell\n3 31 cell\n")
    with pytest.raises(InputError, match=r"a\.txt: line 2: the point 3, 31 lies outside the image of 40x30"):
        read_points(str(tmp_path))
    put_points(tmp_path, a="")
    with pytest.raises(InputError, match="no objects in any image"):
        read_points(str(tmp_path))


DATA = Path(__file__).parents[3] / "shared" / "data"
REAL = {
    "red_cells": (60, 2401, 13),
    "points/adipocytes": (80, 12398, 1),
    "points/fluorescent_cells": (60, 10608, 1),
    "nuclei/test.json": (45, 1441, 1),
    "bccd@trainval": (292, 3943, 3),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize(("spec", "expected"), REAL.items(), ids=REAL.keys())
def test_real_sets(spec: str, expected: tuple[int, int, int]) -> None:
    source = read_points(str(DATA / spec))
    counts = Counter(int(known) for image in source.images for known in image.class_ids)
    assert (len(source.images), counts.total(), len(source.class_names)) == expected
    assert source.repeated == 0
    assert set(counts) <= set(source.class_names)
    assert source.images[0].pixels().shape[:2] == source.images[0].size_hw
    for image in source.images:
        height, width = image.size_hw
        assert (image.points_xy >= 0).all()
        assert (image.points_xy <= [width, height]).all()

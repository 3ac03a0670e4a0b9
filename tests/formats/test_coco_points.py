"""Points in COCO: an annotation with one keypoint, of a category that names it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, Point, Shape

coco = CocoInstances()
IMAGE = ImageRecord(5, "one.jpg", 8, 6)
SKELETON = {"keypoints": ["centre"], "skeleton": []}


def of(*shapes: Shape, **extra: Any) -> Dataset:
    annotations = tuple(Annotation(str(number), 5, number, shape) for number, shape in enumerate(shapes, 1))
    classes = tuple(LabelClass(number, f"class {number}", extra=extra) for number in range(1, len(shapes) + 1))
    return Dataset(classes, (IMAGE,), annotations)


def file_of(path: Path, **values: Any) -> Path:
    """A file with one annotation, which has an id, an image, a category and these values."""
    content = {
        "images": [{"id": 5, "file_name": "one.jpg", "width": 8, "height": 6}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": [{"id": 7, "image_id": 5, "category_id": 1, **values}],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.json"


def test_a_point_is_written_as_one_keypoint_beside_shapes_that_are_not(path: Path) -> None:
    dataset = of(Point(0.1, 6), Box(1, 1, 3, 3))
    assert coco.write(dataset, path) == []
    assert coco.read(path) == dataset
    content = json.loads(path.read_text(encoding="utf-8"))
    point, box = content["annotations"]
    assert (point["keypoints"], point["num_keypoints"], point["bbox"]) == ([0.1, 6, 2], 1, [0.1, 6, 0, 0])
    assert "keypoints" not in box
    assert [category.get("keypoints") for category in content["categories"]] == [["centre"], None]
    assert content["categories"][0]["skeleton"] == []


def test_pycocotools_opens_points(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coco.write(of(Point(2.5, 3.5)), path)
    opened = COCO(str(path))
    (found,) = opened.loadAnns(opened.getAnnIds(imgIds=[5]))
    assert found["keypoints"] == [2.5, 3.5, 2]
    assert opened.loadCats([1])[0]["keypoints"] == ["centre"]
    assert "index created" in capsys.readouterr().out


def test_a_class_with_keypoints_of_its_own_keeps_them(path: Path) -> None:
    dataset = of(Point(1, 1), keypoints=["head", "tail"], skeleton=[[1, 2]])
    assert coco.write(dataset, path) == []
    assert coco.read(path) == dataset


def test_a_class_that_names_the_same_keypoint_itself_loses_it_and_that_is_said(path: Path) -> None:
    dataset = of(Point(1, 1), **SKELETON)
    assert coco.write(dataset, path) == [
        "extra keys of classes with points that COCO itself uses were left out: keypoints, skeleton"
    ]
    assert coco.read(path) == of(Point(1, 1))


def test_extra_keys_that_a_point_uses_itself_are_left_out_and_that_is_said(path: Path) -> None:
    point = Annotation("1", 5, 1, Point(1, 1), extra={"keypoints": [4, 4, 2], "score": 1})
    notes = coco.write(Dataset((LabelClass(1, "cell"),), (IMAGE,), (point,)), path)
    assert notes == ["extra keys of points that COCO itself uses were left out: keypoints"]
    assert coco.read(path).annotations == (Annotation("1", 5, 1, Point(1, 1), extra={"score": 1}),)


@pytest.mark.parametrize("bbox", [{}, {"bbox": None}, {"bbox": [3, 2, 0, 0]}, {"bbox": [2, 2, 2, 0]}])
@pytest.mark.parametrize("segmentation", [{}, {"segmentation": []}, {"segmentation": None}])
@pytest.mark.parametrize("visibility", [1, 2])
def test_one_keypoint_of_any_program_is_a_point(
    path: Path, bbox: dict[str, Any], segmentation: dict[str, Any], visibility: int
) -> None:
    file_of(path, keypoints=[3, 2.5, visibility], num_keypoints=1, **bbox, **segmentation)
    assert coco.read(path).annotations == (Annotation("7", 5, 1, Point(3, 2.5)),)


@pytest.mark.parametrize(
    "shape", [{"bbox": [1, 1, 3, 3]}, {"bbox": [1, 1, 3, 3], "segmentation": [[1, 1, 4, 1, 4, 4]]}]
)
@pytest.mark.parametrize("keypoints", [[3, 2, 2], [3, 2, 2, 1, 1, 1]])
def test_keypoints_beside_a_shape_with_an_area_stay_extra_keys(
    path: Path, shape: dict[str, Any], keypoints: list[int]
) -> None:
    dataset = coco.read(file_of(path, keypoints=keypoints, num_keypoints=1, **shape))
    assert not isinstance(dataset.annotations[0].shape, Point)
    assert dataset.annotations[0].extra["keypoints"] == keypoints
    assert coco.write(dataset, path) == []
    assert coco.read(path) == dataset


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"keypoints": [1, 1, 2, 2, 2, 2]}, "expected x, y and visibility of one keypoint, got 6 numbers; keep one or"),
        ({"keypoints": [1, 1]}, "got 2 numbers"),
        ({"keypoints": [1, 1, 0]}, "expected the visibility 1 or 2 of the keypoint, got 0; correct it"),
        ({"keypoints": [1, "a", 2]}, "keypoints must hold finite numbers, not 'a'"),
        ({"keypoints": "1 1 2"}, "keypoints must be a list of numbers"),
        ({"keypoints": [8.5, 1, 2]}, "the point 8.5, 1 lies outside the image of 8x6"),
        ({"keypoints": [1, -0.5, 2]}, "the point 1, -0.5 lies outside the image of 8x6"),
        ({"keypoints": []}, "expected a bbox, a segmentation or a keypoint, got none of them"),
        ({"keypoints": [], "bbox": [1, 1, 0, 0]}, "the bbox has no area"),
    ],
)
def test_other_keypoints_without_a_shape_are_refused(path: Path, values: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=r"labels.json: annotations\[0\] \(id 7\): ") as caught:
        coco.read(file_of(path, **values))
    assert said in str(caught.value)


def test_a_point_outside_its_image_is_not_written(path: Path) -> None:
    with pytest.raises(InputError, match="the point 9, 1 lies outside the image of 8x6"):
        coco.write(of(Point(9, 1)), path)
    assert not path.exists()

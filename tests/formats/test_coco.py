import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from fewclicks.errors import InputError, StorageError
from fewclicks.formats.coco import CocoInstances
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Polygons, Provenance

coco = CocoInstances()


def one(annotation: Annotation) -> Dataset:
    return Dataset((LabelClass(1, "cell"),), (ImageRecord(5, "one.jpg", 8, 6),), (annotation,))


def test_every_kind_of_annotation_is_read(content: Any, write_coco: Any) -> None:
    dataset = coco.read(write_coco(content))
    box, polygons, crowd, mask = dataset.annotations
    assert box == Annotation("10", 5, 1, Box(1, 2, 4.5, 4))
    assert polygons.shape == Polygons(((0, 0, 4, 0, 4, 4), (5.5, 1, 7, 1, 7, 3)))
    assert (crowd.id, crowd.crowd, crowd.class_id) == ("12", True, 90)
    expected = [[False, True, True, False], [False, True, True, False], [False, False, True, False]]
    np.testing.assert_array_equal(crowd.shape.full(), expected)
    assert isinstance(mask.shape, Mask)
    assert not mask.crowd


def test_images_and_classes_keep_their_order_ids_and_other_keys(content: Any, write_coco: Any) -> None:
    dataset = coco.read(write_coco(content))
    assert [(image.id, image.file_name, image.size_hw) for image in dataset.images] == [
        (5, "a/one.jpg", (6, 8)),
        (2, "two.png", (3, 4)),
    ]
    assert dataset.images[0].extra == {"license": 4}
    assert [(known.id, known.name, known.color) for known in dataset.classes] == [
        (1, "cell", ""),
        (90, "crowd of cells", "#ff0010"),
    ]
    assert dataset.classes[0].extra == {"supercategory": "biology", "keypoints": ["left", "right"]}
    assert dataset.annotations[1].extra == {"keypoints": [1, 1, 2, 3, 3, 1], "num_keypoints": 2}
    assert dataset.extra == {"info": {"year": 2024}, "licenses": [{"id": 4, "name": "CC0"}]}


def test_reading_what_was_written_gives_the_same_and_the_same_bytes(content: Any, write_coco: Any) -> None:
    path = write_coco(content)
    dataset = coco.read(path)
    assert coco.write(dataset, path) == []
    first = path.read_bytes()
    assert coco.read(path) == dataset
    coco.write(coco.read(path), path)
    assert path.read_bytes() == first


def test_compressed_and_plain_run_lengths_of_the_same_pixels_are_equal(content: Any, write_coco: Any) -> None:
    plain = coco.read(write_coco(content)).annotations[2].shape
    content["annotations"][2]["segmentation"]["counts"] = _compressed([3, 2, 1, 3, 3], 3, 4)
    assert coco.read(write_coco(content)).annotations[2].shape == plain


def _compressed(counts: list[int], height: int, width: int) -> str:
    rle = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)
    return str(rle["counts"], "ascii")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # inside pycocotools
def test_pycocotools_opens_the_export(content: Any, write_coco: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_coco(content)
    dataset = coco.read(path)
    coco.write(dataset, path)
    theirs = COCO(str(path))
    assert sorted(theirs.getAnnIds()) == [10, 11, 12, 13]
    assert theirs.getAnnIds(iscrowd=True) == [12]
    for annotation in dataset.annotations[2:]:
        pixels = theirs.annToMask(theirs.anns[int(annotation.id)]).astype(bool)
        np.testing.assert_array_equal(pixels, annotation.shape.full())


def test_area_and_box_are_those_of_the_shape(content: Any, write_coco: Any) -> None:
    path = write_coco(content)
    dataset = coco.read(path)
    coco.write(dataset, path)
    box, polygons, crowd, _ = json.loads(path.read_text())["annotations"]
    assert (box["bbox"], box["area"], box["segmentation"]) == ([1, 2, 3.5, 2], 7, [])
    assert (polygons["bbox"], polygons["area"]) == (
        [0, 0, 7, 4],
        mask_from_shape(dataset.annotations[1].shape, (6, 8)).area,
    )
    assert (crowd["bbox"], crowd["area"], crowd["segmentation"]["size"]) == ([1, 0, 2, 3], 5, [3, 4])


@pytest.mark.parametrize("missing", [None, []])
def test_an_annotation_without_segmentation_is_its_box(content: Any, write_coco: Any, missing: Any) -> None:
    content["annotations"][1]["segmentation"] = missing
    assert coco.read(write_coco(content)).annotations[1].shape == Box(0, 0, 4, 4)


def test_images_without_annotations_and_empty_lists(content: Any, write_coco: Any) -> None:
    content["annotations"] = []
    assert len(coco.read(write_coco(content)).images) == 2
    path = write_coco({"images": [], "annotations": [], "categories": []})
    assert coco.read(path) == Dataset()
    assert coco.write(Dataset(), path) == []
    assert coco.read(path) == Dataset()


def test_whole_numbers_may_be_written_as_floats_and_a_byte_order_mark_is_passed_over(
    content: Any, write_coco: Any
) -> None:
    expected = coco.read(write_coco(content))
    content["images"][0].update(id=5.0, width=8.0, height=6.0)
    path = write_coco("\ufeff" + json.dumps(content))
    assert coco.read(path) == expected


def test_shapes_that_reach_a_little_outside_are_kept_as_they_are(content: Any, write_coco: Any) -> None:
    content["annotations"][0]["bbox"] = [-0.5, -0.25, 9, 7]
    content["annotations"][1]["segmentation"] = [[-0.5, 0, 8.5, 0, 8.5, 6.5]]
    path = write_coco(content)
    dataset = coco.read(path)
    assert dataset.annotations[0].shape == Box(-0.5, -0.25, 8.5, 6.75)
    assert dataset.annotations[1].shape == Polygons(((-0.5, 0, 8.5, 0, 8.5, 6.5),))
    coco.write(dataset, path)
    assert coco.read(path) == dataset


def test_a_box_without_height_beside_a_polygon_is_what_coco_itself_has(content: Any, write_coco: Any) -> None:
    content["annotations"][1]["bbox"] = [0, 0, 4, 0]
    assert isinstance(coco.read(write_coco(content)).annotations[1].shape, Polygons)


def test_names_of_any_script_survive(tmp_path: Path) -> None:
    dataset = Dataset((LabelClass(0, "細胞 \U0001f9a0"),), (ImageRecord(0, 'käfer "1"\n.png', 1, 1),))
    coco.write(dataset, tmp_path / "x.json")
    assert coco.read(tmp_path / "x.json") == dataset


def test_what_coco_has_no_place_for_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    provenance = Provenance("ada", "segment", "sha256:12", 2, 0.875)
    annotations = (
        Annotation("2b1c-uuid", 5, 1, Box(0.1, 0.1, 0.3, 3.0000000000000004), provenance=provenance),
        Annotation("7", 5, 1, Box(1, 1, 2, 2), provenance=Provenance()),
        Annotation("007", 5, 1, Box(1, 1, 2, 2)),
    )
    dataset = Dataset((LabelClass(1, "cell", "#00FF7f"),), (ImageRecord(5, "one.jpg", 8, 6),), annotations)
    assert coco.write(dataset, path) == []
    assert coco.read(path) == dataset
    assert [record["id"] for record in json.loads(path.read_text())["annotations"]] == [8, 7, 9]


def test_an_oriented_box_is_a_polygon_for_other_programs_and_comes_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    dataset = one(Annotation("1", 5, 1, OrientedBox(3.1, 2.3, 4.7, 1.9, 0.3)))
    assert coco.write(dataset, path) == []
    assert coco.read(path) == dataset
    written = json.loads(path.read_text())["annotations"][0]
    assert written["segmentation"] == [list(OrientedBox(3.1, 2.3, 4.7, 1.9, 0.3).ring)]
    xs = written["segmentation"][0][::2]
    assert written["bbox"][0] == min(xs)
    assert written["bbox"][2] == max(xs) - min(xs)


def test_an_oriented_box_that_another_program_changed_is_what_that_program_wrote(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    coco.write(one(Annotation("1", 5, 1, OrientedBox(3.1, 2.3, 4.7, 1.9, 0.3))), path)
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"] = [[0, 0, 4, 0, 4, 4]]
    path.write_text(json.dumps(content))
    assert coco.read(path).annotations[0].shape == Polygons(((0.0, 0.0, 4.0, 0.0, 4.0, 4.0),))


def test_a_box_moved_by_another_program_is_where_that_program_put_it(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    # 0.1 + (0.7 - 0.1) is not 0.7, so that the corners are kept beside the bbox
    coco.write(one(Annotation("1", 5, 1, Box(0.1, 0, 0.7, 1))), path)
    content = json.loads(path.read_text())
    content["annotations"][0]["bbox"][0] = 3
    path.write_text(json.dumps(content))
    assert coco.read(path).annotations[0].shape.xyxy[0] == 3


def test_colours_that_are_no_colours_stay_extra_keys(content: Any, write_coco: Any) -> None:
    content["categories"][0]["color"] = "red"
    content["categories"][1]["color"] = [1, 2, 300]
    classes = coco.read(write_coco(content)).classes
    assert [(known.color, known.extra["color"]) for known in classes] == [("", "red"), ("", [1, 2, 300])]


def test_such_a_key_gives_way_to_the_colour_of_the_class_and_that_is_said(tmp_path: Path) -> None:
    known = LabelClass(1, "cell", "#00ff7f", extra={"color": "red", "size": "small"})
    assert coco.write(Dataset((known,)), tmp_path / "x.json") == [
        "extra keys of classes with a colour that COCO itself uses were left out: color"
    ]
    (again,) = coco.read(tmp_path / "x.json").classes
    assert (again.color, again.extra) == ("#00ff7f", {"size": "small"})


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    dataset = Dataset(
        (LabelClass(1, "cell", "red"),),
        (ImageRecord(5, "one.jpg", 8, 6, {"width": 9}),),
        (Annotation("1", 5, 1, Box(0, 0, 1, 1), extra={"bbox": [], "area": 3, "score": 0.5}),),
        {"images": 1},
    )
    notes = coco.write(dataset, tmp_path / "x.json")
    assert [note.partition(" ")[0] for note in notes] == ["extra", "extra", "extra", "colours"]
    assert "annotations" in notes[2]
    assert "area, bbox" in notes[2]
    assert coco.read(tmp_path / "x.json").annotations[0].extra == {"score": 0.5}


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotation("a", 6, 1, Box(0, 0, 1, 1)), "annotation a: image_id 6"),
        (Annotation("a", 5, 2, Box(0, 0, 1, 1)), "category_id 2"),
        (Annotation("a", 5, 1, Box(0, 0, float("nan"), 1)), "annotation a: coordinates must be finite"),
        (Annotation("a", 5, 1, Box(20, 0, 21, 1)), "outside the image"),
        (Annotation("a", 5, 1, Box(3, 3, 2, 2)), "negative"),
        (Annotation("a", 5, 1, OrientedBox(3, 3, -1, 2, 0.1)), "must not be negative: -1 and 2"),
        (Annotation("a", 5, 1, OrientedBox(3, 3, 1, 2, float("inf"))), "must be finite"),
        (Annotation("a", 5, 1, OrientedBox(30, 30, 1, 2, 0.5)), "outside the image"),
        (Annotation("a", 5, 1, Polygons(())), "annotation a: polygons need"),
        (Annotation("a", 5, 1, Polygons(((),))), "annotation a: polygons need"),
        (Annotation("a", 5, 1, Polygons(((1.0, 1, 2, 2),))), "at least 3 vertices"),
        (Annotation("a", 5, 1, Mask(np.ones((2, 2), bool), (0, 0), (6, 9))), "the mask is 9x6, its image is 8x6"),
        (Annotation("a", 5, 1, Mask.empty((6, 8))), "covers no pixel"),
    ],
)
def test_a_data_set_that_contradicts_itself_is_not_written(tmp_path: Path, annotation: Annotation, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_text("before")
    with pytest.raises(InputError, match=said):
        coco.write(one(annotation), path)
    assert path.read_text() == "before"


def test_ids_used_twice_are_not_written(tmp_path: Path) -> None:
    annotation = Annotation("a", 5, 1, Box(0, 0, 1, 1))
    dataset = Dataset((LabelClass(1, "cell"),), (ImageRecord(5, "one.jpg", 8, 6),), (annotation, annotation))
    with pytest.raises(InputError, match="'a' is used twice"):
        coco.write(dataset, tmp_path / "x.json")


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        coco.write(Dataset(), tmp_path / "nowhere" / "x.json")

"""The data of the simulation: splits, classes, and what cannot be used."""

import json
from pathlib import Path

import pytest

from fewclicks.ask.queries.sets import read_sets
from fewclicks.errors import InputError


def coco(path: Path, names: list[str], categories: list[tuple[int, str]], class_id: int = 1) -> str:
    """A COCO file with a box of `class_id` in each image; the images are not read."""
    images = [{"id": number, "file_name": name, "width": 50, "height": 40} for number, name in enumerate(names, 1)]
    box = {"bbox": [5, 5, 10, 10], "area": 100, "category_id": class_id, "iscrowd": 0}
    annotations = [{"id": each["id"], "image_id": each["id"], **box} for each in images]
    classes = [{"id": number, "name": name} for number, name in categories]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": classes}))
    return str(path)


NAMES = [f"{letter}.png" for letter in "hgfedcba"]


def test_without_splits_every_fourth_image_by_name_is_measured_on(tmp_path: Path) -> None:
    sets = read_sets(coco(tmp_path / "a.json", NAMES, [(1, "cat")]), None, False)
    assert [image.path.name for image in sets.test.images] == ["d.png", "h.png"]
    assert (len(sets.train.images), sets.objects) == (6, 6)
    assert [image.path.name for image in sets.images][:2] == ["a.png", "b.png"]


def test_splits_of_the_data_are_used(tmp_path: Path) -> None:
    names = ["images/train/a.png", "images/val/b.png", "images/test/c.png", "images/test/d.png"]
    sets = read_sets(coco(tmp_path / "a.json", names, [(1, "cat")]), None, False)
    assert [image.path.name for image in sets.test.images] == ["c.png", "d.png"]
    assert [image.path.name for image in sets.train.images] == ["a.png", "b.png"]


def test_classes_are_matched_by_name(tmp_path: Path) -> None:
    data = coco(tmp_path / "a" / "a.json", NAMES, [(1, "cat")])
    test = coco(tmp_path / "b" / "b.json", NAMES, [(7, "cat")], 7)
    assert read_sets(data, test, False).test.images[0].class_ids.tolist() == [1]


def test_the_fingerprint_depends_on_the_objects(tmp_path: Path) -> None:
    digests = [
        read_sets(coco(tmp_path / f"{number}.json", names, [(1, "cat"), (2, "dog")], class_id), None, False).digest
        for number, (names, class_id) in enumerate([(NAMES, 1), (NAMES, 1), (NAMES[1:], 1), (NAMES, 2)])
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_class_that_nobody_can_be_asked_about(tmp_path: Path) -> None:
    data = coco(tmp_path / "a" / "a.json", NAMES, [(1, "cat"), (2, "dog")])
    test = coco(tmp_path / "b" / "b.json", NAMES, [(2, "dog")], 2)
    with pytest.raises(
        InputError, match="the class 'dog' occurs only in the images to measure on, so no model can learn it"
    ):
        read_sets(data, test, False)


def test_an_image_in_both_sets(tmp_path: Path) -> None:
    data = coco(tmp_path / "a.json", NAMES, [(1, "cat")])
    with pytest.raises(InputError, match=r"this image is in both --data and --test \(8 such images in total\)"):
        read_sets(data, data, False)


def test_nothing_left_to_ask_about(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the 0 images to ask about has an object; choose other data"):
        read_sets(coco(tmp_path / "a.json", NAMES[:1], [(1, "cat")]), None, False)

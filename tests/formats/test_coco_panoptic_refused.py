"""What cannot be written as a panoptic file, and what an export does not replace."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from panoptic_datasets import IMAGE, block, files_in, of
from panoptic_files import segment
from panoptic_rules import check_rules

from fewclicks.errors import InputError, StorageError
from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, ImageRecord, Polygons

panoptic = CocoPanoptic()


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotation("a", 6, 1, block(0, 0, 1, 1)), "annotation a: image_id 6 is not in `images`"),
        (Annotation("a", 5, 9, block(0, 0, 1, 1)), "annotation a: category_id 9 is not in `categories`"),
        (Annotation("a", 5, 9, Box(0, 0, 1, 1)), "annotation a: category_id 9"),
        (Annotation("a", 5, 1, Mask.empty((6, 9))), "annotation a: the mask is 9x6, its image is 8x6"),
        (Annotation("a", 5, 1, Polygons(())), "annotation a: polygons need at least one ring"),
        (Annotation("a", 5, 1, Polygons(((1.0, 1, 2, 2),))), "at least 3 vertices"),
        (Annotation("a", 5, 1, Polygons(((1.0, 1, 2, 2, float("nan"), 3),))), "coordinates must be finite"),
        (Annotation("a", 5, 1, block(0, 0, 1, 1), extra={"score": float("nan")}), "score contains NaN"),
        (Annotation("", 5, 1, block(0, 0, 1, 1)), "id must be a text that is not empty"),
    ],
)
def test_a_data_set_that_contradicts_itself_is_not_written(tmp_path: Path, annotation: Annotation, said: str) -> None:
    path = tmp_path / "labels.json"
    panoptic.write(of(block(0, 0, 2, 2)), path)
    before = files_in(tmp_path)
    with pytest.raises(InputError, match=said):
        panoptic.write(replace(of(), annotations=(annotation,)), path)
    assert files_in(tmp_path) == before


def test_ids_used_twice_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    twice = (Annotation("a", 5, 1, block(0, 0, 1, 1)), Annotation("a", 5, 1, block(2, 0, 3, 1)))
    with pytest.raises(InputError, match="the id 'a' is used twice"):
        panoptic.write(replace(of(), annotations=twice), path)
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize("name", ["photo.jpg", "deep/photo.png", "one.png"])
def test_a_folder_with_anything_else_in_it_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / "labels" / name).parent.mkdir(parents=True)
    (tmp_path / "labels" / name).write_text("mine")
    with pytest.raises(StorageError, match=f"labels: .* {Path(name).name} is not part of an export"):
        panoptic.write(of(block(0, 0, 2, 2)), tmp_path / "labels.json")
    assert files_in(tmp_path) == {f"labels/{name}": b"mine"}


def test_photos_beside_a_file_of_instances_are_not_taken_for_pngs(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "one.png").write_text("a photo")
    CocoInstances().write(replace(of(), images=(ImageRecord(5, "one.png", 8, 6),)), tmp_path / "labels.json")
    before = files_in(tmp_path)
    with pytest.raises(StorageError, match=r"one\.png is not part of an export"):
        panoptic.write(of(), tmp_path / "labels.json")
    assert files_in(tmp_path) == before


def test_a_file_where_the_folder_should_be_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "labels").write_text("mine")
    with pytest.raises(StorageError, match="labels is not part of an export"):
        panoptic.write(of(), tmp_path / "labels.json")
    assert files_in(tmp_path) == {"labels": b"mine"}


def test_a_name_without_an_ending_leaves_no_name_for_the_folder(tmp_path: Path) -> None:
    for attempt in (lambda: panoptic.write(of(), tmp_path / "labels"), lambda: panoptic.read(tmp_path / "labels")):
        with pytest.raises(InputError, match="labels: the name has no ending"):
            attempt()
    assert files_in(tmp_path) == {}


def test_an_own_export_is_replaced_and_old_pngs_go(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    panoptic.write(replace(of(), images=(IMAGE, ImageRecord(6, "old/two.jpg", 2, 2))), path)
    panoptic.write(of(block(0, 0, 2, 2)), path)
    check_rules(path)
    assert sorted(files_in(tmp_path)) == ["labels.json", "labels/one.png"]
    assert (
        segment(1, 1, 4, [0, 0, 2, 2], fewclicks={"id": "a0"})
        in json.loads(path.read_text())["annotations"][0]["segments_info"]
    )

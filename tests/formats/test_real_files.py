"""Real files and folders of several formats, where the project's shared data lies beside the checkout."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from panoptic_rules import check_rules

from fewclicks.formats import get_format
from fewclicks.formats.panoptic_png import read_ids
from fewclicks.formats.splits import split_of
from fewclicks.geometry.masks import Mask

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "objects/train": (671, 671),
    "objects/test": (103, 103),
    "berkeley/test": (96, 100),
    "nuclei/train": (150, 6601),
    "nuclei/test": (45, 1441),
    "pcb/test": (120, 750),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize(("name", "expected"), FILES.items(), ids=FILES.keys())
def test_a_real_file_is_read_and_comes_back_equal(tmp_path: Path, name: str, expected: tuple[int, int]) -> None:
    coco = get_format("coco")
    dataset = coco.read(DATA / f"{name}.json")
    assert (len(dataset.images), len(dataset.annotations)) == expected
    masks = [found.shape for found in dataset.annotations if isinstance(found.shape, Mask)]
    assert all(mask.xyxy == mask.tight().xyxy for mask in masks)
    assert coco.write(dataset, tmp_path / "again.json") == []
    assert coco.read(tmp_path / "again.json") == dataset


FOLDERS = {
    "aquarium": ("yolo", 220, 1823, {"train": 150, "val": 30, "test": 40}),
    "bccd": ("voc", 364, 4888, {"train": 205, "val": 87, "test": 72}),
    "dota8": ("yolo-obb", 8, 133, {"train": 4, "val": 4}),
}


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize(("name", "expected"), FOLDERS.items(), ids=FOLDERS.keys())
def test_a_real_folder_of_labels_is_read_and_comes_back_equal(
    tmp_path: Path, name: str, expected: tuple[str, int, int, dict[str, int]]
) -> None:
    form = get_format(expected[0])
    dataset = form.read(DATA / name)
    assert (len(dataset.images), len(dataset.annotations)) == expected[1:3]
    assert Counter(map(split_of, dataset.images)) == expected[3]
    assert form.write(dataset, tmp_path / "again") == []
    assert form.read(tmp_path / "again") == dataset


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
def test_real_oriented_boxes_keep_their_digits_and_go_through_dota(tmp_path: Path) -> None:
    obb, dota = get_format("yolo-obb"), get_format("dota")
    dataset = obb.read(DATA / "dota8")
    obb.write(dataset, tmp_path / "obb")
    for path in (tmp_path / "obb" / "labels").rglob("*.txt"):
        assert path.read_text() == (DATA / "dota8" / path.relative_to(tmp_path / "obb")).read_text()
    assert dota.write(dataset, tmp_path / "dota") == []
    assert dota.read(tmp_path / "dota") == dataset


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
@pytest.mark.parametrize(("name", "expected"), {"panoptic_val": 1078, "panoptic_train": 1111}.items())
def test_a_real_panoptic_file_is_read_and_written_the_same(tmp_path: Path, name: str, expected: int) -> None:
    panoptic, path, again = get_format("coco-panoptic"), DATA / "scenes" / f"{name}.json", tmp_path / "again.json"
    dataset = panoptic.read(path)
    assert (len(dataset.images), len(dataset.annotations)) == (100, expected)
    assert panoptic.write(dataset, again) == []
    assert json.loads(again.read_text()) == json.loads(path.read_text())
    for image in dataset.images:
        png = Path(image.file_name).with_suffix(".png")
        np.testing.assert_array_equal(read_ids(tmp_path / "again" / png), read_ids(DATA / "scenes" / name / png))
    assert panoptic.read(again) == dataset


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not beside this checkout")
def test_what_we_write_of_a_real_panoptic_file_keeps_the_rules(tmp_path: Path) -> None:
    panoptic = get_format("coco-panoptic")
    panoptic.write(panoptic.read(DATA / "scenes" / "panoptic_val.json"), tmp_path / "again.json")
    assert len(check_rules(tmp_path / "again.json")) == 100

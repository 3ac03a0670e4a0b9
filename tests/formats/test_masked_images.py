"""Training sets of every kind, as images with masks."""

from pathlib import Path

import numpy as np
import pytest
from panoptic_files import CAT, DOG, ONE, SKY, save_panoptic
from PIL import Image

from fewclicks.datasets.masked_images import read_source
from fewclicks.errors import InputError


def test_a_panoptic_file_gives_its_segments_without_crowds(tmp_path: Path) -> None:
    path = save_panoptic(tmp_path).rename(tmp_path / "panoptic_val.json")
    (tmp_path / "panoptic").rename(tmp_path / "panoptic_val")
    source = read_source(f"{path}:2.5", smallest_area=1)
    (image,) = source.images
    assert (source.name, source.weight) == (f"{tmp_path.name}/panoptic_val", 2.5)
    assert image.path == tmp_path / "val" / "one.jpg"
    for mask, number in zip(image.masks, (SKY, CAT, DOG), strict=True):
        np.testing.assert_array_equal(mask.full(), np.equal(ONE, number))


def test_small_segments_are_left_out(tmp_path: Path) -> None:
    (image,) = read_source(str(save_panoptic(tmp_path)), smallest_area=4).images
    assert [mask.area for mask in image.masks] == [9, 4]
    with pytest.raises(InputError, match=r"panoptic\.json: no masks of 60 pixels or more"):
        read_source(str(tmp_path / "panoptic.json"))
    (tmp_path / "empty.json").write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(InputError, match=r"empty\.json: no masks; choose data with masks"):
        read_source(str(tmp_path / "empty.json"), smallest_area=1)


def test_a_broken_panoptic_file_is_named(tmp_path: Path) -> None:
    path = save_panoptic(tmp_path)
    (tmp_path / "panoptic" / "one.png").unlink()
    with pytest.raises(InputError, match=r"one\.png: file not found"):
        read_source(str(path))


def test_every_region_of_a_label_image_is_a_mask_whatever_its_number(tmp_path: Path) -> None:
    labels = np.array([[0, 0, 700], [9, 9, 700]], np.uint16)
    (tmp_path / "test").mkdir()
    (tmp_path / "test_labels").mkdir()
    Image.fromarray(labels).save(tmp_path / "test_labels" / "one_2.png")
    (image,) = read_source(str(tmp_path / "test"), smallest_area=1).images
    assert image.path == tmp_path / "test" / "one.jpg"
    assert [mask.full().tolist() for mask in image.masks] == [(labels == number).tolist() for number in (0, 9, 700)]

"""Panoptic files that are not what they should be: one line that names the file and the place, and nothing else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from panoptic_files import CAT, DOG, ONE, SKY, content, save_ids, save_panoptic
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.formats.coco_panoptic import CocoPanoptic

Change = Callable[[Any], object]
NAN = float("nan")
RECORD, TWO = r"annotations\[0\]: ", r"annotations\[1\]: "
CATS = rf"annotations\[0\], segments_info\[1\] \(id {CAT}\): "


def put(value: Any, *keys: Any) -> Change:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


def without(*keys: Any) -> Change:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


def record(**values: Any) -> Change:
    return lambda content: content["annotations"][0].update(values)


def cat(**values: Any) -> Change:
    return lambda content: content["annotations"][0]["segments_info"][1].update(values)


def doubled(*keys: Any) -> Change:
    def change(content: Any) -> None:
        for key in keys:
            content = content[key]
        content.append(json.loads(json.dumps(content[-1])))

    return change


RECORDS: dict[str, tuple[Change, str]] = {
    "no images": (without("images"), "the key 'images' is missing"),
    "no annotations": (without("annotations"), "the key 'annotations' is missing"),
    "no categories": (without("categories"), "the key 'categories' is missing"),
    "records no list": (put({}, "annotations"), "annotations must be a list, not an object"),
    "record no object": (put("one.png", "annotations", 0), RECORD + "expected an object, got 'one.png'"),
    "image id twice": (doubled("images"), r"images\[3\] \(id 3\): the id 3 is used twice, first by images\[2\]"),
    "category id twice": (doubled("categories"), r"categories\[3\] \(id 187\): the id 187 is used twice"),
    "isthing 2": (put(2, "categories", 1, "isthing"), r"categories\[1\] \(id 2\): isthing must be 0 or 1, not 2"),
    "isthing text": (put("no", "categories", 1, "isthing"), "isthing must be 0 or 1, not 'no'"),
    "isthing null": (put(None, "categories", 1, "isthing"), "isthing must be 0 or 1, not null"),
    "without image_id": (without("annotations", 0, "image_id"), RECORD + "the key 'image_id' is missing"),
    "image_id text": (record(image_id="9"), RECORD + "image_id must be a whole number, not '9'"),
    "absent image": (record(image_id=77), RECORD + "image_id 77 is not in `images`"),
    "two records": (
        put(9, "annotations", 1, "image_id"),
        TWO + "the image_id 9 is used twice, first by ann",
    ),
    "without file_name": (without("annotations", 0, "file_name"), RECORD + "the key 'file_name' is missing"),
    "file_name number": (record(file_name=5), RECORD + "file_name must be a text"),
    "file_name outside": (record(file_name="../one.png"), RECORD + r"file_name must name a PNG in the folder panoptic"),
    "file_name backslashes": (record(file_name="..\\one.png"), RECORD + "file_name must name a PNG in the folder"),
    "file_name absolute": (record(file_name="/etc/one.png"), RECORD + "file_name must name a PNG in the folder"),
    "file_name drive": (record(file_name="C:one.png"), RECORD + "file_name must name a PNG in the folder"),
    "file_name null byte": (record(file_name="one\0.png"), "panoptic/one.*null"),
    "absent PNG": (record(file_name="absent.png"), r"panoptic/absent.png: file not found"),
    "PNG of another image": (
        record(file_name="more/two.png"),
        RECORD + "more/two.png is 3x2, its image one.jpg",
    ),
    "no segments_info": (without("annotations", 0, "segments_info"), RECORD + "the key 'segments_info' is missing"),
    "segments_info null": (record(segments_info=None), RECORD + "segments_info must be a list, not null"),
    "record extra nan": (record(score=NAN), RECORD + "score contains NaN"),
    "segment no object": (record(segments_info=[CAT]), r"annotations\[0\], segments_info\[0\]: expected an object"),
    "segment without id": (cat(id=None), r"segments_info\[1\] \(id null\): id must be a whole number, not null"),
    "segment id 0": (cat(id=0), r"\(id 0\): id must be 1 to 16777215, not 0; 0 is void"),
    "segment id negative": (cat(id=-3), r"\(id -3\): id must be 1 to 16777215, not -3"),
    "segment id of four bytes": (cat(id=2**24), "id must be 1 to 16777215, not 16777216"),
    "segment id fraction": (cat(id=5.5), "id must be a whole number, not 5.5"),
    "segment id twice": (
        cat(id=SKY),
        rf"\(id {SKY}\): the id {SKY} is used twice, first by annotations\[0\], segments",
    ),
    "segment that the PNG has not": (cat(id=6), r"segments_info\[1\] \(id 6\): one.png has no pixel of this id"),
    "segment that only the PNG has": (
        without("annotations", 0, "segments_info", 1),
        RECORD + "one.png has 4 pixels of the id 5, which is not in segments_info",
    ),
    "unknown category": (
        cat(category_id=3),
        CATS + r"category_id 3 is not in `categories` \(1 cat, 2 dog",
    ),
    "without category": (without("annotations", 0, "segments_info", 1, "category_id"), CATS + "the key 'category_id'"),
    "area of another size": (cat(area=5), CATS + "area is 5, in the PNG it is 4"),
    "area text": (cat(area="4"), CATS + "area is '4', in the PNG it is 4"),
    "area nan": (cat(area=NAN), CATS + "area is nan, in the PNG it is 4"),
    "bbox by corners": (cat(bbox=[1, 1, 3, 3]), CATS + r"bbox is \[1, 1, 3, 3\], in the PNG it is \[1, 1, 2, 2\]"),
    "bbox too small": (cat(bbox=[1, 1, 1, 1]), CATS + r"bbox is \[1, 1, 1, 1\], in the PNG it is \[1, 1, 2, 2\]"),
    "bbox short": (cat(bbox=[1, 1, 2]), CATS + "bbox must be a list of 4 numbers"),
    "bbox nan": (cat(bbox=[1, 1, 2, NAN]), CATS + "bbox must hold finite numbers, not nan"),
    "iscrowd 2": (cat(iscrowd=2), CATS + "iscrowd must be 0 or 1, not 2"),
    "segment extra nan": (cat(score=NAN), CATS + "score contains NaN"),
    "own key newer": (cat(fewclicks={"mood": 1}), CATS + "fewclicks has the unknown key 'mood'"),
    "own order text": (cat(fewclicks={"order": "1"}), "fewclicks: order must be a whole number"),
    "own id taken": (cat(fewclicks={"id": f"9:{SKY}"}), CATS + f"the id '9:{SKY}' is used twice"),
}


def refused(path: Path, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        CocoPanoptic().read(path)
    line = str(caught.value)
    assert line.startswith(str(path.with_suffix("")))
    assert "\n" not in line
    assert len(line) < len(str(path)) + 250


@pytest.mark.parametrize(("change", "said"), RECORDS.values(), ids=RECORDS.keys())
def test_a_wrong_record_is_named(tmp_path: Path, change: Change, said: str) -> None:
    changed = content()
    change(changed)
    refused(save_panoptic(tmp_path, changed), said)


def jpeg(png: Path) -> None:
    """Lossy: the ids change."""
    noise = np.random.default_rng(0).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(noise).save(png, "JPEG")


PNGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (Path.unlink, "one.png: file not found"),
    "empty": (lambda png: png.write_bytes(b""), "one.png: the file is empty"),
    "text": (lambda png: png.write_bytes(b"hello"), "one.png: not an image"),
    "cut off": (lambda png: png.write_bytes(png.read_bytes()[:-30]), "one.png: cannot read the image"),
    "a folder": (lambda png: (png.unlink(), png.mkdir()), "one.png: "),
    "wider": (lambda png: save_ids(png, np.ones((4, 7))), RECORD + "one.png is 7x4, its image one.jpg is 6x4"),
    "turned": (lambda png: save_ids(png, np.transpose(ONE)), RECORD + "one.png is 4x6, its image one.jpg is 6x4"),
    "all void": (lambda png: save_ids(png, np.zeros((4, 6))), rf"\(id {SKY}\): one.png has no pixel of this id"),
    "one more id": (
        lambda png: save_ids(png, np.where(np.equal(ONE, 0), DOG + 1, ONE)),
        RECORD + f"one.png has 8 pixels of the id {DOG + 1}, which is not in segments_info",
    ),
    "a pixel less": (
        lambda png: save_ids(png, [*ONE[:2], [SKY, 0, CAT, 0, DOG, DOG], ONE[3]]),
        CATS + "area is 4, in the PNG it is 3",
    ),
    "blue first": (lambda png: Image.fromarray(np.array(Image.open(png))[:, :, ::-1]).save(png), "has no pixel of"),
    "a JPEG": (jpeg, "has no pixel of this id"),
}


@pytest.mark.parametrize(("change", "said"), PNGS.values(), ids=PNGS.keys())
def test_a_wrong_png_is_named(tmp_path: Path, change: Callable[[Path], object], said: str) -> None:
    path = save_panoptic(tmp_path)
    change(tmp_path / "panoptic" / "one.png")
    refused(path, said)


def test_the_folder_that_is_absent_is_named(tmp_path: Path) -> None:
    path = save_panoptic(tmp_path)
    shutil.rmtree(tmp_path / "panoptic")
    refused(path, r"the folder of its PNGs, .*panoptic, is missing")


def test_a_file_of_instances_is_not_a_panoptic_one(tmp_path: Path, write_coco: Any) -> None:
    path = write_coco({**content(), "annotations": [{"id": 1, "image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]}]})
    refused(path, "the key 'file_name' is missing")

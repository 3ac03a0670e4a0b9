"""Files that are not what they should be: one line that names the file and the record, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances

coco = CocoInstances()
NAN, INF = float("nan"), float("inf")
Change = Callable[[Any], object]

BOX, POLYGONS, CROWD = r"annotations\[0\] \(id 10\): ", r"annotations\[1\] \(id 11\): ", r"annotations\[2\] \(id 12\)"


def box(**values: Any) -> Change:
    return lambda content: content["annotations"][0].update(values)


def polygons(value: Any) -> Change:
    return lambda content: content["annotations"][1].update(segmentation=value)


def rle(**values: Any) -> Change:
    return lambda content: content["annotations"][2]["segmentation"].update(values)


def image(**values: Any) -> Change:
    return lambda content: content["images"][0].update(values)


def category(**values: Any) -> Change:
    return lambda content: content["categories"][1].update(values)


def own(value: Any) -> Change:
    return box(fewclicks=value)


def without(*keys: Any) -> Change:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


def put(value: Any, *keys: Any) -> Change:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


RING = [0, 0, 4, 0, 4, 4]
RECORDS: dict[str, tuple[Change, str]] = {
    "no images": (without("images"), "the key 'images' is missing"),
    "no annotations": (without("annotations"), "the key 'annotations' is missing"),
    "no categories": (without("categories"), "the key 'categories' is missing"),
    "images no list": (put({}, "images"), "images must be a list, not an object"),
    "annotations null": (put(None, "annotations"), "annotations must be a list, not null"),
    "annotation no object": (put(7, "annotations", 3), r"annotations\[3\]: expected an object, got 7"),
    "image no object": (put([], "images", 1), r"images\[1\]: expected an object, got a list of 0"),
    "image without id": (without("images", 0, "id"), r"images\[0\]: the key 'id' is missing"),
    "image without name": (without("images", 0, "file_name"), r"images\[0\] \(id 5\): the key 'file_name' is missing"),
    "image without width": (without("images", 0, "width"), r"images\[0\] \(id 5\): the key 'width' is missing"),
    "image id text": (image(id="5"), r"images\[0\] \(id '5'\): id must be a whole number"),
    "image id true": (image(id=True), "id must be a whole number, not True"),
    "image id null": (image(id=None), "id must be a whole number, not null"),
    "image id fraction": (image(id=5.5), "id must be a whole number, not 5.5"),
    "image width nan": (image(width=NAN), "width must be a whole number, not nan"),
    "image width 0": (image(width=0), "not 0x6"),
    "image height negative": (image(height=-6), "not 8x-6"),
    "image width vast": (image(width=10**12), "1 to 1000000 pixels a side"),
    "image name number": (image(file_name=3), "file_name must be a text"),
    "image name empty": (image(file_name=""), "file_name must be a text that is not empty"),
    "image extra nan": (image(score=[{"a": NAN}]), r"images\[0\] \(id 5\): score contains NaN or Infinity"),
    "image id twice": (image(id=2), r"images\[1\] \(id 2\): the id 2 is used twice, first by images\[0\]"),
    "category id twice": (category(id=1), r"categories\[1\] \(id 1\): the id 1 is used twice"),
    "category without name": (without("categories", 1, "name"), r"categories\[1\] \(id 90\): the key 'name'"),
    "category name null": (category(name=None), "name must be a text"),
    "annotation id twice": (box(id=12), r"annotations\[2\] \(id 12\): the id 12 is used twice"),
    "annotation without id": (without("annotations", 0, "id"), r"annotations\[0\]: the key 'id' is missing"),
    "annotation id object": (box(id={}), r"annotations\[0\] \(id an object\): id must be"),
    "without image_id": (without("annotations", 0, "image_id"), BOX + "the key 'image_id'"),
    "without category_id": (without("annotations", 0, "category_id"), BOX + "the key 'category_id'"),
    "absent image": (box(image_id=99), BOX + "image_id 99 is not in `images`"),
    "unknown category": (box(category_id=2), BOX + r"category_id 2 is not in `categories` \(1 cell, 90 crowd of"),
    "no shape": (without("annotations", 0, "bbox"), BOX + "expected a bbox, a segmentation or a keypoint"),
    "bbox null": (box(bbox=None), BOX + "expected a bbox, a segmentation or a keypoint"),
    "bbox short": (box(bbox=[1, 2, 3]), BOX + "bbox must be a list of 4 numbers, not a list of 3"),
    "bbox text": (box(bbox="1 2 3 4"), BOX + "bbox must be a list of 4 numbers"),
    "bbox of texts": (box(bbox=["1", 2, 3, 4]), BOX + "bbox must hold finite numbers, not '1'"),
    "bbox of nulls": (box(bbox=[None] * 4), BOX + "bbox must hold finite numbers, not null"),
    "bbox of trues": (box(bbox=[True] * 4), BOX + "bbox must hold finite numbers, not True"),
    "bbox nan": (box(bbox=[1, NAN, 3, 2]), BOX + "bbox must hold finite numbers, not nan"),
    "bbox infinite": (box(bbox=[1, 1, INF, 2]), BOX + "bbox must hold finite numbers, not inf"),
    "bbox beyond floats": (box(bbox=[1, 1, 10**400, 2]), BOX + "bbox must hold finite numbers, not 1000"),
    "bbox negative width": (
        box(bbox=[4, 1, -3, 2]),
        BOX + "bbox is x, y, width, height: -3 and 2 must not be negative",
    ),
    "bbox without area": (box(bbox=[4, 1, 0, 2]), BOX + "the bbox has no area"),
    "bbox left of image": (box(bbox=[-9, 1, 5, 2]), BOX + r"the bbox \(x -9 to -4, y 1 to 3\) lies outside .* 8x6"),
    "bbox below image": (box(bbox=[1, 6, 5, 2]), BOX + "the bbox .* lies outside"),
    "bbox nan beside polygons": (put([NAN, 0, 1, 1], "annotations", 1, "bbox"), POLYGONS + "bbox must hold finite"),
    "area nan": (box(area=NAN), BOX + "area must be a number that is not negative, not nan"),
    "area negative": (box(area=-1), BOX + "area must be a number"),
    "area text": (box(area="7"), BOX + "area must be a number"),
    "iscrowd 2": (box(iscrowd=2), BOX + "iscrowd must be 0 or 1, not 2"),
    "iscrowd text": (box(iscrowd="no"), BOX + "iscrowd must be 0 or 1"),
    "extra nan": (box(score=NAN), BOX + "score contains NaN or Infinity"),
    "segmentation text": (polygons("0 0 4"), POLYGONS + "segmentation must be a list of polygons"),
    "segmentation false": (polygons(False), POLYGONS + "segmentation must be a list of polygons or run lengths"),
    "segmentation flat": (polygons(RING), POLYGONS + "segmentation must be a list of polygons, each a list"),
    "odd polygon": (polygons([RING, [*RING, 1]]), POLYGONS + r"segmentation\[1\] must hold x and y .* not 7 numbers"),
    "two vertices": (polygons([[0, 0, 4, 4]]), POLYGONS + r"segmentation\[0\] .* at least 3 vertices, not 4 numbers"),
    "no vertex": (polygons([[]]), POLYGONS + r"segmentation\[0\] .* not 0 numbers"),
    "polygon nan": (polygons([[NAN, *RING[1:]]]), POLYGONS + r"segmentation\[0\] must hold finite numbers, not nan"),
    "polygon of texts": (polygons([["a"] * 6]), POLYGONS + r"segmentation\[0\] must hold finite numbers, not 'a'"),
    "polygon outside": (polygons([[9, 9, 12, 9, 12, 12]]), POLYGONS + "the segmentation .* lies outside"),
    "mask of wrong size": (rle(size=[4, 3]), CROWD + ", segmentation: the mask is 3x4, its image is 4x3"),
    "mask without size": (without("annotations", 2, "segmentation", "size"), CROWD + ", segmentation: the key 'size'"),
    "mask size text": (rle(size="3x4"), CROWD + ", segmentation: size must be a list of 2 numbers"),
    "mask without counts": (without("annotations", 2, "segmentation", "counts"), CROWD + ".* the key 'counts'"),
    "counts null": (rle(counts=None), CROWD + ", segmentation: counts must be a list or a text, not null"),
    "counts too few": (rle(counts=[3, 2]), CROWD + ", segmentation: run lengths add up to 5 pixels.* has 12"),
    "counts too many": (rle(counts=[3, 20]), CROWD + ", segmentation: run lengths add up to 23"),
    "counts negative": (rle(counts=[20, -8]), CROWD + ", segmentation: run lengths .* not negative"),
    "counts of texts": (rle(counts=["3", "9"]), CROWD + ", segmentation: run lengths must be a list of whole"),
    "counts cut off": (rle(counts="321P"), CROWD + ", segmentation: the compressed run lengths"),
    "counts foreign": (rle(counts="32é3"), CROWD + ", segmentation: the compressed run lengths"),
    "counts empty": (rle(counts=""), CROWD + ", segmentation: the compressed run lengths are empty"),
    "mask of nothing": (rle(counts=[12]), CROWD + ", segmentation: the mask covers no pixel"),
    "image name half a character": (
        image(file_name="\udcff.png"),
        r"\(id 5\): file_name must be whole characters, not",
    ),
    "category half a character": (category(name="\ud800"), r"\(id 90\): name must be whole characters, not '.ud800'"),
    "extra half a character": (box(tags=[{"a": ["b", "\udc00"]}]), BOX + "tags contains half of a character"),
    "key half a character": (box(**{"\ud800": 1}), BOX + r".ud800 contains half of a character"),
    "counts half a character": (rle(counts="\ud800"), CROWD + ", segmentation: the compressed run lengths"),
    "person half a character": (own({"provenance": {"person": "\ud800"}}), "person must be whole characters, not '.ud"),
    "own key list": (own([]), BOX + "fewclicks must be an object, not a list of 0"),
    "own key newer": (own({"mood": 1}), BOX + "fewclicks has the unknown key 'mood'"),
    "own id empty": (own({"id": ""}), r"annotations\[0\] \(id 10\), fewclicks: id must be a text"),
    "own id taken": (own({"id": "11"}), POLYGONS + "the id '11' is used twice"),
    "own oriented box": (own({"oriented_box": [1, 2]}), "fewclicks: oriented_box must be a list of 5 numbers"),
    "own corners": (own({"xyxy": [1, 2]}), "fewclicks: xyxy must be a list of 4 numbers"),
    "own provenance": (own({"provenance": 3}), "fewclicks: provenance must be an object"),
    "own person": (own({"provenance": {"person": 3}}), "fewclicks, provenance: person must be a text"),
    "own round": (own({"provenance": {"round": "1"}}), "fewclicks, provenance: round must be a whole number"),
    "own quality": (own({"provenance": {"predicted_quality": NAN}}), "predicted_quality must be a number or null"),
}


@pytest.mark.parametrize(("change", "said"), RECORDS.values(), ids=RECORDS.keys())
def test_a_wrong_record_is_named(content: Any, write_coco: Any, change: Change, said: str) -> None:
    change(content)
    path = write_coco(content)
    with pytest.raises(InputError, match=said) as caught:
        coco.read(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    assert len(line) < len(str(path)) + 250


TEXTS = {
    "empty": (b"", "expected JSON, got an empty file"),
    "blank": (b" \n\n", "expected JSON, got an empty file"),
    "cut off": (b'{"images": [\n{"id": 1,', r"line 2, column \d+: not JSON"),
    "no JSON": (b"hello", "line 1, column 1: not JSON"),
    "trailing comma": (b'{"images": [],\n}', "not JSON"),
    "a list": (b"[]", "expected an object with images, annotations and categories, got a list of 0"),
    "a number": (b"7", "expected an object .* got 7"),
    "null": (b"null", "expected an object .* got null"),
    "latin-1": ('{"images": "käse"}'.encode("latin-1"), "byte 13: expected UTF-8 text, got 0xe4"),
    "UTF-16": ("{}".encode("utf-16"), "byte 0: expected UTF-8 text, got 0xff"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "byte 0: expected UTF-8 text, got 0x89"),
    "nested deeply": (b"[" * 200_000, "the JSON is nested too deeply"),
    "endless number": (b'{"a": ' + b"1" * 5000 + b"}", "cannot read the JSON"),
}


@pytest.mark.parametrize(("text", "said"), TEXTS.values(), ids=TEXTS.keys())
def test_a_file_that_is_not_coco_is_named(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(text)
    with pytest.raises(InputError, match=said) as caught:
        coco.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.json: file not found"):
        coco.read(tmp_path / "absent.json")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        coco.read(tmp_path)


def test_the_first_wrong_record_of_many_is_named(content: Any, write_coco: Any) -> None:
    first = content["annotations"][0]
    content["annotations"] += [first | {"id": number, "image_id": 77} for number in range(20, 30)]
    with pytest.raises(InputError, match=r"annotations\[4\] \(id 20\): image_id 77"):
        coco.read(write_coco(json.loads(json.dumps(content))))

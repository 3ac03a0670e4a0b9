"""`fewclicks import` and `fewclicks export`: what goes in comes out; what is broken changes nothing."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.records import ImageStatus
from fewclicks.store.snapshots import Snapshot

from .program import Program, exported

Json = dict[str, Any]


def coco() -> Json:
    return {
        "images": [
            {"id": 7, "file_name": "a.png", "width": 40, "height": 30},
            {"id": 8, "file_name": "b.jpg", "width": 40, "height": 30},
        ],
        "categories": [{"id": 3, "name": "dog"}, {"id": 5, "name": "bird"}],
        "annotations": [
            _object(1, 7, 3, [[1, 1, 11, 1, 11, 9, 1, 9]], [1, 1, 10, 8], 80),
            _object(2, 8, 5, [[2, 2, 12, 2, 2, 12]], [2, 2, 10, 10], 50),
        ],
    }


def _object(number: int, image: int, category: int, rings: list[list[float]], bbox: list[float], area: float) -> Json:
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "segmentation": rings,
        "bbox": bbox,
        "area": area,
        "iscrowd": 0,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(coco()))
    return path


@pytest.mark.parametrize("form", ["coco", "coco-panoptic"])
@pytest.mark.parametrize("place", ["project/project.db", "images/a.png", "labels.txt", "pipe"])
def test_an_export_replaces_no_project_no_image_and_no_device(
    fewclicks: Program, project: Path, tmp_path: Path, place: str, form: str
) -> None:
    there = tmp_path / place
    if place == "labels.txt":
        there.write_text("a list of mine")
    if place == "pipe":
        os.mkfifo(there)
    before = None if place == "pipe" else there.read_bytes()
    assert str(there) in fewclicks.refused("export", project, "--images", "all", "--format", form, "--to", there)
    assert there.is_fifo() if before is None else there.read_bytes() == before


def test_an_earlier_export_is_replaced(fewclicks: Program, project: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "out.json").touch()
    assert exported(fewclicks, project, tmp_path / "out.json")["annotations"] == []
    fewclicks.done("import", project, file)
    assert len(exported(fewclicks, project, tmp_path / "out.json")["annotations"]) == 2


def test_what_waits_to_be_accepted_is_said(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    with Project(project) as opened, opened.changing() as log:
        waiting = Snapshot("waits", 1, 1, "proposed", {"type": "box", "xyxy": [1, 1, 5, 5]})
        log.append(Request("r", "edit", "box", {}, 1), Outcome((AnnotationChange(None, waiting),)))
    result = fewclicks("export", project, "--to", tmp_path / "out.json")
    assert result.err == (
        "fewclicks: exporting 0 of 2 images (--images labelled)\n"
        "fewclicks: left out: 2 images (not done, no accepted annotation)\n"
        "fewclicks: left out: 1 suggestion (not accepted)\n"
    )
    assert result.out.startswith("wrote 0 annotations")


def test_an_image_that_nobody_labelled_stays_out_unless_it_is_done_or_all_are_wanted(
    fewclicks: Program, project: Path, file: Path, tmp_path: Path
) -> None:
    data = coco()
    data["annotations"] = data["annotations"][:1]  # of a.png
    file.write_text(json.dumps(data))
    fewclicks.done("import", project, file)
    assert _exported_images(fewclicks, project, tmp_path / "first.json") == ["a.png"]
    assert _exported_images(fewclicks, project, tmp_path / "done.json", "--images", "done") == []
    assert _exported_images(fewclicks, project, tmp_path / "all.json", "--images", "all") == ["a.png", "b.jpg"]
    with Project(project) as opened, opened.changing() as log:
        log.set_status(2, ImageStatus("done"))
    assert _exported_images(fewclicks, project, tmp_path / "second.json") == ["a.png", "b.jpg"]
    assert _exported_images(fewclicks, project, tmp_path / "done.json", "--images", "done") == ["b.jpg"]


def test_what_stays_out_is_said_before_anything_is_written(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    result = fewclicks("export", project, "--to", tmp_path / "nowhere" / "labels.json")
    assert result.status == 1
    first, second, last = result.err.splitlines()
    assert first == "fewclicks: exporting 0 of 2 images (--images labelled)"
    assert second == "fewclicks: left out: 2 images (not done, no accepted annotation)"
    assert "nowhere" in last


def _exported_images(fewclicks: Program, project: Path, to: Path, *options: str) -> list[str]:
    fewclicks.done("export", project, "--to", to, *options)
    return [row["file_name"] for row in json.loads(to.read_text())["images"]]


def test_an_unknown_choice_of_images(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    result = fewclicks("export", project, "--to", tmp_path / "out.json", "--images", "some")
    assert result.status == 2
    assert "'some' is not one of 'labelled', 'done', 'all'" in result.err
    assert not (tmp_path / "out.json").exists()


def test_what_goes_in_comes_out(fewclicks: Program, project: Path, file: Path, tmp_path: Path) -> None:
    assert fewclicks.done("import", project, file) == "2 annotations added, 0 were there already\n"
    out = exported(fewclicks, project, tmp_path / "out.json")
    names = {row["id"]: row["name"] for row in out["categories"]}
    assert names == {1: "cat", 2: "dog", 5: "bird"}
    found = [(names[row["category_id"]], row["segmentation"], row["bbox"]) for row in out["annotations"]]
    assert found == [
        ("dog", [[1, 1, 11, 1, 11, 9, 1, 9]], [1, 1, 10, 8]),
        ("bird", [[2, 2, 12, 2, 2, 12]], [2, 2, 10, 10]),
    ]


def test_what_a_project_does_not_keep_of_a_file_is_said(
    fewclicks: Program, project: Path, file: Path, tmp_path: Path
) -> None:
    assert fewclicks("import", project, file).err == (
        f"fewclicks: {file}: added classes that the project did not have: bird\n"
        "fewclicks: not stored in the project: the ids of images; the ids of annotations\n"
    )
    content = coco() | {"info": {"year": 2024}, "licenses": [], "annotations": []}
    for number, image in enumerate(content["images"], 1):
        image |= {"id": number, "license": 1, "date\x1b": ""}
    file.write_text(json.dumps(content))
    assert fewclicks("import", project, file).err == (
        "fewclicks: not stored in the project: info, licenses; license, date\\x1b of images\n"
    )
    exported(fewclicks, project, tmp_path / "own.json")
    assert fewclicks("import", project, tmp_path / "own.json").err == ""


def test_the_export_goes_into_another_project_and_comes_out_equal(
    fewclicks: Program, project: Path, images: Path, file: Path, tmp_path: Path
) -> None:
    fewclicks.done("import", project, file)
    first = exported(fewclicks, project, tmp_path / "first.json")
    fewclicks.done("new", tmp_path / "other", "--images", images, "--classes", "cat")
    fewclicks.done("import", tmp_path / "other", tmp_path / "first.json")
    second = exported(fewclicks, tmp_path / "other", tmp_path / "second.json")
    assert _meaning(second) == _meaning(first)


def _meaning(data: Json) -> object:
    """Without the ids of annotations and who made them, which are the project's own."""
    kept = ("image_id", "category_id", "segmentation", "bbox", "area", "iscrowd")
    annotations = [{key: row[key] for key in kept} for row in data["annotations"]]
    return data["images"], [(row["id"], row["name"]) for row in data["categories"]], annotations


def test_twice_is_once(fewclicks: Program, project: Path, file: Path) -> None:
    fewclicks.done("import", project, file)
    assert fewclicks.done("import", project, file) == "0 annotations added, 2 were there already\n"


def test_a_polygon_between_the_pixels_is_named_and_the_rest_comes_in(
    fewclicks: Program, project: Path, file: Path
) -> None:
    data = coco()
    data["annotations"][1] |= {"segmentation": [[2.6, 2.6, 2.9, 2.6, 2.9, 2.9]], "bbox": [2.6, 2.6, 0.3, 0.3]}
    file.write_text(json.dumps(data))
    result = fewclicks("import", project, file)
    assert (result.status, result.out) == (0, "1 annotation added, 0 were there already\n")
    assert f"fewclicks: {file}: skipped, covers no pixel: b.jpg: annotation 2\n" in result.err


def test_images_that_are_not_in_the_project(fewclicks: Program, project: Path, file: Path, images: Path) -> None:
    data = coco()
    data["images"][1]["file_name"] = "elsewhere.jpg"
    file.write_text(json.dumps(data))
    said = fewclicks.refused("import", project, file)
    assert said.startswith(f"{file}: 1 image is not in the project: elsewhere.jpg")
    result = fewclicks("import", project, file, "--skip-absent")
    assert (result.status, result.out) == (0, "1 annotation added, 0 were there already\n")
    assert f"fewclicks: {file}: skipped, not in the project: elsewhere.jpg\n" in result.err


def _broken() -> dict[str, bytes]:
    def changed(**values: object) -> bytes:
        data = coco()
        data["annotations"][1] |= values
        return json.dumps(data).encode()

    wrong_size = coco()
    wrong_size["images"][0]["width"] = 41
    return {
        "empty": b"",
        "text": b"hello",
        "cut off": json.dumps(coco()).encode()[:-40],
        "not UTF-8": b'{"images": "\xff"}',
        "a list": b"[]",
        "no images": b'{"annotations": [], "categories": []}',
        "NaN": changed(segmentation=[], bbox=[1, 1, float("nan"), 4]),
        "negative box": changed(segmentation=[], bbox=[1, 1, -3, 4]),
        "outside": changed(segmentation=[], bbox=[100, 100, 4, 4]),
        "too far": changed(segmentation=[[-1e30, -1e30, 1e30, 1e30, -1e30, 1e30]]),
        "half a character": json.dumps(coco()).replace("bird", r"\ud800").encode(),
        "unknown category": changed(category_id=99),
        "unknown image": changed(image_id=99),
        "id twice": changed(id=1),
        "mask of another size": changed(segmentation={"size": [3, 3], "counts": [0, 9]}),
        "another image size": json.dumps(wrong_size).encode(),
    }


@pytest.mark.parametrize("what", list(_broken()))
def test_a_broken_file_changes_nothing(
    fewclicks: Program, project: Path, file: Path, tmp_path: Path, what: str
) -> None:
    file.write_bytes(_broken()[what])
    before = exported(fewclicks, project, tmp_path / "before.json")
    assert fewclicks.refused("import", project, file).startswith(f"{file}: ")
    assert exported(fewclicks, project, tmp_path / "after.json") == before


def test_a_file_that_is_not_there(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent.json"
    assert str(absent) in fewclicks.refused("import", project, absent)


@pytest.mark.parametrize("verb", ["import", "export"])
def test_no_such_format(fewclicks: Program, project: Path, file: Path, verb: str) -> None:
    more = [file] if verb == "import" else ["--to", file]
    assert "use one of coco" in fewclicks.refused(verb, project, *more, "--format", "betamax")


@pytest.mark.parametrize("verb", ["import", "export"])
def test_no_such_project(fewclicks: Program, file: Path, tmp_path: Path, verb: str) -> None:
    more = [file] if verb == "import" else ["--to", tmp_path / "out.json"]
    assert "no project here" in fewclicks.refused(verb, tmp_path / "nothing", *more)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("verb", ["import", "export"])
def test_a_project_that_is_open_elsewhere(
    fewclicks: Program, project: Path, file: Path, tmp_path: Path, verb: str
) -> None:
    more = [file] if verb == "import" else ["--to", tmp_path / "out.json"]
    with Project(project):
        assert "open in another process" in fewclicks.refused(verb, project, *more)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("place", ["labels.json/out.json", "nowhere/out.json", "images"])
def test_a_place_that_cannot_be_written(
    fewclicks: Program, project: Path, file: Path, tmp_path: Path, place: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert str(tmp_path / place) in fewclicks.refused("export", project, "--images", "all", "--to", tmp_path / place)
    assert [path for path in sorted(tmp_path.rglob("*")) if "project" not in path.parts] == [
        path for path in before if "project" not in path.parts
    ]


def test_a_folder_of_labels_goes_in_comes_out_and_is_known_again(
    fewclicks: Program, project: Path, images: Path, tmp_path: Path
) -> None:
    labels, out = tmp_path / "in" / "labelTxt", tmp_path / "out"
    labels.mkdir(parents=True)
    (tmp_path / "in" / "images").symlink_to(images)
    (labels / "a.txt").write_text("1 1 11 1 11 9 1 9 dog 0\n20 10 28 16 25 20 17 14 small-cat 1\n")
    added = fewclicks.done("import", project, labels, "--format", "dota")
    assert added == "2 annotations added, 0 were there already\n"
    result = fewclicks("export", project, "--images", "all", "--format", "dota", "--to", out)
    assert (result.status, result.out) == (
        0,
        f"wrote 2 annotations of 2 images to {out}, except what dota cannot hold (see above)\n",
    )
    assert result.err == "fewclicks: the ids of annotations and who made them left out\n"
    assert (out / "labelTxt" / "a.txt").read_text() == (labels / "a.txt").read_text()
    for again in (labels, out):
        added = fewclicks.done("import", project, again, "--format", "dota")
        assert added == "0 annotations added, 2 were there already\n"
    (out / "notes.txt").write_text("mine")
    assert "notes.txt" in fewclicks.refused("export", project, "--images", "all", "--format", "dota", "--to", out)
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["coco", "yolo", "voc"])
def test_a_project_knows_again_what_it_exported_whatever_the_digits(
    fewclicks: Program, project: Path, tmp_path: Path, name: str
) -> None:
    data = coco()
    boxes = [[1.123456789, 1 / 3, 10.2, 8.1], [2 / 3, 2, 10.1, 20 / 7]]
    for row, box in zip(data["annotations"], boxes, strict=True):
        row |= {"segmentation": [], "bbox": box}
    if name != "voc":
        data["annotations"][0]["segmentation"] = [[3.1234567891, 4.2, 9.7, 7.1, 8.1, 10.3, 1 / 7, 7.4]]
    (tmp_path / "in.json").write_text(json.dumps(data))
    fewclicks.done("import", project, tmp_path / "in.json")
    check_known_again(fewclicks, project, tmp_path / "out", name)


@pytest.mark.parametrize("name", ["coco", "dota", "yolo-obb"])
def test_a_project_knows_its_oriented_boxes_again(
    fewclicks: Program, project: Path, images: Path, tmp_path: Path, name: str
) -> None:
    labels = tmp_path / "labelTxt"
    labels.mkdir()
    (labels / "a.txt").write_text("3.1234567 4.2 9.7 7.1 8.1 10.3 1.5234567 7.4 dog 0\n9 9 20 9 20 14 9 14 dog 1\n")
    fewclicks.done("import", project, labels, "--format", "dota")
    check_known_again(fewclicks, project, tmp_path / "out", name)


def check_known_again(fewclicks: Program, project: Path, to: Path, name: str) -> None:
    fewclicks.done("export", project, "--format", name, "--to", to)
    known = fewclicks.done("import", project, to, "--format", name)
    assert known == "0 annotations added, 2 were there already\n"


def test_an_import_is_undone_after_other_work(fewclicks: Program, project: Path, file: Path) -> None:
    fewclicks.done("import", project, file)
    with Project(project) as opened, opened.changing() as log:
        row = log.annotations()[0]
        change = AnnotationChange(row, replace(row, crowd=True))
        log.append(Request("e", "edit", "crowd", {}, row.image_id), Outcome((change,)))
    result = fewclicks("undo-import", project)
    assert (result.status, result.out) == (0, "1 annotation of labels.json removed (import 1)\n")
    assert result.err == "fewclicks: 1 imported annotation stays: 1 edited since the import\n"
    assert fewclicks.done("import", project, file) == "1 annotation added, 1 were there already\n"
    assert fewclicks.done("undo-import", project, 4) == "1 annotation of labels.json removed (import 4)\n"
    assert "no import to undo" in fewclicks.refused("undo-import", project)
    assert "event 2 is not an import; choose one of 1, 4" in fewclicks.refused("undo-import", project, 2)

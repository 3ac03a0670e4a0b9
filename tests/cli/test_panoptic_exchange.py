"""`fewclicks import` and `fewclicks export` with panoptic files: what goes in comes out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from .program import Program, content, exported

Json = dict[str, Any]
SCENES = Path(__file__).parents[3] / "shared" / "data" / "scenes"


def panoptic(folder: Path) -> Path:
    """A panoptic file of `a.png`: sky above, a dog below with void around it, all in `folder`."""
    ids = np.zeros((30, 40, 3), np.uint8)
    ids[:10], ids[15:25, 5:20] = (7, 0, 1), (44, 1, 0)
    (folder / "labels").mkdir(parents=True)
    Image.fromarray(ids).save(folder / "labels" / "a.png")
    segments = [
        {"id": 65_543, "category_id": 9, "area": 400, "bbox": [0, 0, 40, 10], "iscrowd": 0},
        {"id": 300, "category_id": 3, "area": 150, "bbox": [5, 15, 15, 10], "iscrowd": 1},
    ]
    data = {
        "images": [{"id": 7, "file_name": "a.png", "width": 40, "height": 30}],
        "annotations": [{"image_id": 7, "file_name": "a.png", "segments_info": segments}],
        "categories": [
            {"id": 3, "name": "dog", "isthing": 1},
            {"id": 9, "name": "sky", "isthing": 0, "color": [70, 130, 180]},
        ],
    }
    (folder / "labels.json").write_text(json.dumps(data))
    return folder / "labels.json"


def segment_ids(png: Path) -> np.ndarray:
    rgb = np.asarray(Image.open(png)).astype(int)
    return rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]


def check_same_segments(path: Path, other: Path) -> None:
    """The segments of each image in `path` are also in `other`, with the same ids, pixels and values."""
    expected, found = (_records(json.loads(file.read_text())) for file in (path, other))
    assert {name: found[name][1] for name in expected} == {name: said for name, (_, said) in expected.items()}
    for name, (png, _) in expected.items():
        ours = segment_ids(other.with_suffix("") / found[name][0])
        np.testing.assert_array_equal(ours, segment_ids(path.with_suffix("") / png))


def _records(data: Json) -> dict[str, tuple[str, list[Json]]]:
    """By image its PNG and its segments, with the names of their classes."""
    names = {row["id"]: row["name"] for row in data["categories"]}
    files = {row["id"]: row["file_name"] for row in data["images"]}
    keys = ("id", "area", "bbox", "iscrowd")
    return {
        files[record["image_id"]]: (
            record["file_name"],
            [{key: row[key] for key in keys} | {"class": names[row["category_id"]]} for row in record["segments_info"]],
        )
        for record in data["annotations"]
    }


def test_a_panoptic_file_goes_in_and_comes_out(fewclicks: Program, project: Path, images: Path, tmp_path: Path) -> None:
    file, out = panoptic(tmp_path / "in"), tmp_path / "out.json"
    before = content(images)
    added = fewclicks.done("import", project, file, "--format", "coco-panoptic")
    assert added == "2 annotations added, 0 were there already\n"
    result = fewclicks("export", project, "--images", "all", "--format", "coco-panoptic", "--to", out)
    assert (result.status, result.out) == (
        0,
        f"wrote 2 annotations of 2 images to {out}, except what coco-panoptic cannot hold (see above)\n",
    )
    assert result.err == "fewclicks: classes written as things, since it is not known whether they are stuff: cat\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    check_same_segments(file, out)
    keys = ("id", "name", "isthing", "color")
    assert [tuple(row[key] for key in keys) for row in json.loads(out.read_text())["categories"]][1:] == [
        (2, "dog", 1, [86, 180, 233]),
        (9, "sky", 0, [70, 130, 180]),
    ]
    for again in (file, out):
        added = fewclicks.done("import", project, again, "--format", "coco-panoptic")
        assert added == "0 annotations added, 2 were there already\n"
    assert content(images) == before


def test_the_ids_of_categories_survive_a_project_that_has_not_these_classes(
    fewclicks: Program, images: Path, tmp_path: Path
) -> None:
    file, out = panoptic(tmp_path / "in"), tmp_path / "out.json"
    fewclicks.done("new", tmp_path / "empty", "--images", images, "--classes", "cat")
    fewclicks.done("import", tmp_path / "empty", file, "--format", "coco-panoptic")
    fewclicks("export", tmp_path / "empty", "--format", "coco-panoptic", "--to", out)
    written = json.loads(out.read_text())
    assert [(row["id"], row["name"]) for row in written["categories"]] == [(1, "cat"), (3, "dog"), (9, "sky")]
    segments = written["annotations"][0]["segments_info"]
    assert [(row["id"], row["category_id"]) for row in segments] == [(65_543, 9), (300, 3)]


@pytest.mark.parametrize("broken", ["no png", "no folder", "another size"])
def test_a_broken_panoptic_file_changes_nothing(fewclicks: Program, project: Path, tmp_path: Path, broken: str) -> None:
    file = panoptic(tmp_path / "in")
    png = tmp_path / "in" / "labels" / "a.png"
    if broken == "another size":
        Image.new("RGB", (40, 31)).save(png)
    else:
        png.unlink()
    if broken == "no folder":
        png.parent.rmdir()
    before = exported(fewclicks, project, tmp_path / "before.json")
    said = fewclicks.refused("import", project, file, "--format", "coco-panoptic")
    assert said.startswith(str(png if broken == "no png" else file))
    assert exported(fewclicks, project, tmp_path / "after.json") == before


def test_the_photos_are_never_replaced_by_pngs(fewclicks: Program, project: Path, images: Path, tmp_path: Path) -> None:
    before = content(images)
    to = images.with_suffix(".json")
    said = fewclicks.refused("export", project, "--images", "all", "--format", "coco-panoptic", "--to", to)
    assert said.startswith(f"{images}: cannot replace it, because ")
    assert content(images) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "project"]


@pytest.mark.skipif(not SCENES.is_dir(), reason="the shared data is not beside this checkout")
def test_a_real_panoptic_file_comes_out_of_a_project_as_it_went_in(fewclicks: Program, tmp_path: Path) -> None:
    project, file, out = tmp_path / "scenes", SCENES / "panoptic_val.json", tmp_path / "out.json"
    fewclicks.done("new", project, "--images", SCENES / "val", "--classes", "person")
    added = fewclicks.done("import", project, file, "--format", "coco-panoptic")
    assert added == "1,078 annotations added, 0 were there already\n"
    assert fewclicks("export", project, "--format", "coco-panoptic", "--to", out).err == ""
    check_same_segments(file, out)
    assert _said_of_classes(out) == _said_of_classes(file)


def _said_of_classes(path: Path) -> list[Json]:
    """All that a file says of its classes but for the colours, which the project gives to those that have none."""
    rows = json.loads(path.read_text())["categories"]
    return [{key: row[key] for key in row if key != "color"} for row in rows]

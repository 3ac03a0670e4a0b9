"""Import and export of points by every format that holds them."""

from pathlib import Path

import pytest

from fewclicks.formats import formats
from fewclicks.labels import Shape
from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project

from .program import Program

HEADER = "image,x,y,class\n"
OF_POINTS = [name for name, spec in formats().items() if "point" not in spec.lacks]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_bytes(f"\ufeff{HEADER}a.png,1.5,2,cat\nsub/b.jpg,40,30,small bird\na.png,3.123456,0,cat\n".encode())
    return path


@pytest.fixture
def labelled(fewclicks: Program, project: Path, csv: Path) -> Path:
    """A project with the points of the file."""
    assert fewclicks.done("import", project, csv, "--format", "points-csv") == (
        "3 annotations added, 0 were there already\n"
    )
    return project


@pytest.mark.parametrize("name", OF_POINTS)
def test_a_project_knows_its_points_again(fewclicks: Program, labelled: Path, tmp_path: Path, name: str) -> None:
    to = tmp_path / f"out{formats()[name].suffix}"
    assert "3 annotations of 2 images" in fewclicks.done("export", labelled, "--format", name, "--to", to)
    known = fewclicks.done("import", labelled, to, "--format", name)
    assert known == "0 annotations added, 3 were there already\n"


def contents(folder: Path) -> list[tuple[str, str, Shape]]:
    """The image, the class and the shape of every accepted annotation of a project."""
    with Project(folder) as opened:
        dataset = export_dataset(opened, lambda image: True)
    images = {image.id: image.file_name for image in dataset.images}
    classes = {known.id: known.name for known in dataset.classes}
    return sorted(((images[a.image_id], classes[a.class_id], a.shape) for a in dataset.annotations), key=repr)


@pytest.mark.parametrize("name", OF_POINTS)
def test_a_new_project_gets_equal_points_and_polygons(
    fewclicks: Program, labelled: Path, images: Path, tmp_path: Path, name: str
) -> None:
    if "polygons" not in formats()[name].lacks:
        add_polygon(fewclicks, labelled, tmp_path / "more")
    to, again = tmp_path / f"out{formats()[name].suffix}", tmp_path / "again"
    fewclicks.done("export", labelled, "--format", name, "--to", to)
    fewclicks.done("new", again, "--images", images)
    fewclicks.done("import", again, to, "--format", name)
    assert contents(again) == contents(labelled)


def add_polygon(fewclicks: Program, project: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "a.json").write_text(
        '{"imagePath": "a.png", "imageWidth": 40, "imageHeight": 30, "shapes": ['
        '{"label": "dog", "shape_type": "polygon", "points": [[1.25, 2], [9, 8.123456], [3, 9]]}]}'
    )
    fewclicks.done("import", project, folder, "--format", "labelme")


def test_a_csv_comes_out_as_it_went_in(fewclicks: Program, labelled: Path, tmp_path: Path) -> None:
    result = fewclicks("export", labelled, "--format", "points-csv", "--to", tmp_path / "out.csv")
    assert result.err == "fewclicks: only image,x,y,class of each point written\n"
    text = f"{HEADER}a.png,1.5,2,cat\nb.jpg,40,30,small bird\na.png,3.123456,0,cat\n"
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == text


def test_what_a_format_lacks_is_said_once_and_first(fewclicks: Program, labelled: Path, tmp_path: Path) -> None:
    result = fewclicks("export", labelled, "--format", "voc", "--images", "all", "--to", tmp_path / "out")
    assert result.status == 0
    assert result.err == "fewclicks: 3 points left out: Pascal VOC has no points\n"
    assert result.out == f"wrote 0 of 3 annotations of 2 images to {tmp_path / 'out'}; left out: 3 points\n"
    assert "bndbox" not in (tmp_path / "out" / "Annotations" / "a.xml").read_text(encoding="utf-8")
    (tmp_path / "taken").write_text("mine")
    result = fewclicks("export", labelled, "--format", "voc", "--images", "all", "--to", tmp_path / "taken")
    assert result.status == 1
    assert result.err.startswith("fewclicks: 3 points left out: Pascal VOC has no points\n")


def test_the_last_line_names_what_was_written_and_what_was_not(
    fewclicks: Program, labelled: Path, tmp_path: Path
) -> None:
    boxes, out = tmp_path / "boxes", tmp_path / "out"
    boxes.mkdir()
    (boxes / "a.json").write_text(
        '{"imagePath": "a.png", "imageWidth": 40, "imageHeight": 30, "shapes": ['
        '{"label": "cat", "shape_type": "rectangle", "points": [[1, 2], [9, 8]]},'
        '{"label": "cat", "shape_type": "polygon", "points": [[1, 2], [9, 8], [3, 9]]}]}'
    )
    fewclicks.done("import", labelled, boxes, "--format", "labelme")
    given = fewclicks.done("export", labelled, "--format", "points-txt", "--to", out)
    note = "except what points-txt cannot hold (see above); left out: 1 box, 1 polygon"
    assert given == f"wrote 3 of 5 annotations (3 points) of 2 images to {out}, {note}\n"
    file = tmp_path / "panoptic.json"
    given = fewclicks.done("export", labelled, "--format", "coco-panoptic", "--to", file)
    note = "except what coco-panoptic cannot hold (see above); left out: 1 box, 3 points"
    assert given == f"wrote 1 of 5 annotations (1 polygon) of 2 images to {file}, {note}\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("a.png,40.5,3,cat\n", "a.png: annotation line 2: the point at 40.5, 3 is outside the image of 40x30 pixels"),
        ("a.png,1,2,cat\nc.png,1,2,cat\n", "1 image is not in the project: c.png; add them to the image folder, or"),
        ('a.png,"12,5",2,cat\n', "line 2: expected a finite number for x, got '12,5'; write 12.5"),
    ],
)
def test_a_wrong_csv_adds_nothing(fewclicks: Program, project: Path, csv: Path, lines: str, said: str) -> None:
    csv.write_text(HEADER + lines, encoding="utf-8")
    assert fewclicks.refused("import", project, csv, "--format", "points-csv").startswith(f"{csv}: {said}")
    csv.write_text(f"{HEADER}a.png,1,2,cat\n", encoding="utf-8")
    assert fewclicks.done("import", project, csv, "--format", "points-csv").startswith("1 annotation added")


def test_points_in_one_pixel_are_added_and_said(fewclicks: Program, project: Path, csv: Path) -> None:
    lines = "a.png,1.5,2,cat\na.png,1.5,2,cat\na.png,1.9,2.9,cat\na.png,1.5,2,dog\nb.jpg,1.5,2,cat\n"
    csv.write_text(HEADER + lines, encoding="utf-8")
    result = fewclicks("import", project, csv, "--format", "points-csv")
    assert result.out == "5 annotations added, 0 were there already\n"
    where = "in a pixel with another point of the same class; the first: a.png: annotation line 3"
    assert result.err == f"fewclicks: {csv}: 2 points {where}\n"
    again = fewclicks.done("import", project, csv, "--format", "points-csv")
    assert again == "0 annotations added, 5 were there already\n"

"""`fewclicks counts`, as a user runs it."""

from pathlib import Path

from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals, SuggestedPoints
from fewclicks.store.snapshots import Snapshot

from .program import Program

POINT = {"type": "point", "x": 5, "y": 5}


def label(project: Project) -> None:
    """Two points and a box of a cat in the first image, and a suggested dog in the second one."""
    shapes = (POINT, POINT | {"x": 9}, {"type": "box", "xyxy": [1, 1, 9, 9]})
    rows = [Snapshot(f"{number}", 1, 1, "accepted", shape) for number, shape in enumerate(shapes)]
    point = {"x": 3, "y": 3, "class_id": 2, "score": 0.5}
    found = Proposals(2, points=(SuggestedPoints("halfway", "halfway-1", (), (point,)),))
    with project.changing() as log:
        log.append(Request("r", "edit", "box", {}, 1), Outcome(tuple(AnnotationChange(None, row) for row in rows)))
        log.append(Request("s", "respond", "halfway points", {}, 2), Outcome(proposals=(Change(Proposals(2), found),)))


def test_a_table_of_all_images_also_while_the_project_is_open(fewclicks: Program, project: Path) -> None:
    with Project(project) as opened:
        label(opened)
        lines = [line.replace("│", " ").split() for line in fewclicks.done("counts", project).splitlines()]
    rows = [line for line in lines if line and line[0] in ("a.png", "b.jpg", "all")]
    assert rows == [
        ["a.png", "cat", "2", "3", "0", "0"],
        ["b.jpg", "dog", "0", "0", "1", "1"],
        ["all", "images", "cat", "2", "3", "0", "0"],
        ["all", "images", "dog", "0", "0", "1", "1"],
    ]


def test_a_csv_file_has_a_row_for_each_image_and_class(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    with Project(project) as opened:
        label(opened)
    file = tmp_path / "counts.csv"
    assert fewclicks.done("counts", project, "--csv", file) == f"wrote the counts of 2 images to {file}\n"
    assert file.read_text().splitlines() == [
        "image,class,points,annotations,suggested_points,suggestions",
        "a.png,cat,2,3,0,0",
        "a.png,dog,0,0,0,0",
        "b.jpg,cat,0,0,0,0",
        "b.jpg,dog,0,0,1,1",
    ]


def test_a_folder_without_a_project_is_refused(fewclicks: Program, tmp_path: Path) -> None:
    assert "no project here" in fewclicks.refused("counts", tmp_path)


def test_a_folder_is_not_replaced_by_a_file(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    assert "cannot write" in fewclicks.refused("counts", project, "--csv", tmp_path)

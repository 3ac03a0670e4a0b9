"""Points that something is wrong with, by every way in: the import into a project, and the data of a training run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .program import Program

pytest.importorskip("torch", reason="training needs fewclicks[train]")

# the fault, the text of a file of points, and the message after the name of the file
WRONG_TEXT = {
    "outside": (
        "1 1 cat\n41 2 cat\n",
        "line 2: the point 41, 2 lies outside the image of 40x30; correct it or delete it",
    ),
    "decimal comma": ("12,5 3 cat\n", "line 1: expected a finite number, not '12,5'; write 12.5"),
    "missing column": ("12 3\n", "line 1: expected x, y and a class, separated by spaces, got 2 words"),
    "commas between": ("12,3,cat\n", "line 1: expected x, y and a class, separated by spaces, got 1 word"),
}
# the same as CSV
WRONG_CSV = {
    "outside": (
        "a.png,41,2,cat\n",
        "a.png: annotation line 2: the point at 41, 2 is outside the image of 40x30 pixels",
    ),
    "left of it": ("a.png,-1,2,cat\n", "line 2: the point -1, 2 lies outside the image; x and y must not be negative"),
    "decimal comma": ('a.png,"12,5",2,cat\n', "line 2: expected a finite number for x, got '12,5'; write 12.5"),
    "thousands": (
        'a.png,"1.234,5",2,cat\n',
        "line 2: expected a finite number for x, got '1.234,5'; write",
    ),
    "no number": ("a.png,nan,2,cat\n", "line 2: expected a finite number for x, got 'nan'"),
    "bare decimal comma": ("a.png,12,5,2,cat\n", "line 2: expected 4 values, got 5; write decimals as 12.5, and put"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images in a folder of points as text, which a test adds."""
    folder = tmp_path / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "points").mkdir()
    for number, name in enumerate(("a.png", "b.jpg")):
        pixels = np.random.default_rng(number).integers(0, 255, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / name)
    return folder


def importing(fewclicks: Program, folder: Path, project: Path, out: Path) -> str:
    return fewclicks.refused("import", project, folder, "--format", "points-txt")


def simulating(fewclicks: Program, folder: Path, project: Path, out: Path) -> str:
    return fewclicks.refused("simulate", "locate", "--data", folder, "--steps", "1")


def training(role: str) -> Callable[[Program, Path, Path, Path], str]:
    def train(fewclicks: Program, folder: Path, project: Path, out: Path) -> str:
        given = ("--data", folder, "--backbone", folder / "images" / "a.png", "--out", out, "--steps", "1")
        return fewclicks.refused("train", role, *given)

    return train


WAYS_IN = {
    "import": importing,
    "simulate locate": simulating,
    "train refine": training("refine"),
    "train suggest": training("suggest"),
}


@pytest.mark.parametrize("way_in", WAYS_IN)
@pytest.mark.parametrize("wrong", WRONG_TEXT)
def test_wrong_points_as_text_are_named_by_every_way_in(
    fewclicks: Program, folder: Path, project: Path, tmp_path: Path, wrong: str, way_in: str
) -> None:
    text, said = WRONG_TEXT[wrong]
    file = folder / "points" / "a.txt"
    file.write_text(text)
    assert WAYS_IN[way_in](fewclicks, folder, project, tmp_path / "out") == f"{file}: {said}"


@pytest.mark.parametrize("wrong", WRONG_CSV)
def test_wrong_points_as_csv_are_named(fewclicks: Program, project: Path, tmp_path: Path, wrong: str) -> None:
    line, said = WRONG_CSV[wrong]
    file = tmp_path / "points.csv"
    file.write_text(f"image,x,y,class\n{line}")
    assert fewclicks.refused("import", project, file, "--format", "points-csv").startswith(f"{file}: {said}")


def test_a_csv_without_a_column_is_named(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("image,x,class\na.png,1,cat\n")
    said = f"{file}: line 1: the column 'y' is missing; begin with image,x,y,class"
    assert fewclicks.refused("import", project, file, "--format", "points-csv") == said


@pytest.mark.parametrize("way_in", ["simulate locate", "train refine", "train suggest"])
def test_a_csv_is_no_data_set(fewclicks: Program, project: Path, tmp_path: Path, way_in: str) -> None:
    file = tmp_path / "points.csv"
    file.write_text("image,x,y,class\na.png,1,2,cat\n")
    said = "a CSV file is not a data set; import it into a project, then use an export in the format points-txt"
    assert WAYS_IN[way_in](fewclicks, file, project, tmp_path / "out") == f"{file}: {said}"


@pytest.mark.parametrize("way_in", ["simulate locate", "train refine", "train suggest"])
def test_a_set_without_any_point_is_named(
    fewclicks: Program, folder: Path, project: Path, tmp_path: Path, way_in: str
) -> None:
    (folder / "points" / "a.txt").write_text("")
    said = WAYS_IN[way_in](fewclicks, folder, project, tmp_path / "out")
    assert said == f"{folder}: no objects in any image; choose other data"


@pytest.mark.parametrize(("option", "cells"), [("radius", 60), ("reach", 64)])
def test_an_r_larger_than_the_images_is_named(
    fewclicks: Program, folder: Path, tmp_path: Path, option: str, cells: int
) -> None:
    (folder / "points" / "a.txt").write_text("3 4 cat\n20 20 cat\n")
    given = ("--data", folder, "--backbone", folder / "images" / "a.png", "--out", tmp_path / "out", "--steps", "1")
    said = fewclicks.refused("train", "refine", *given, f"--{option}", cells)
    assert said.startswith(f"--{option}: R of {cells} cells is ")
    assert said.endswith("but the longest side of any image is 40; use a smaller R")


def test_what_is_no_mistake_is_imported(fewclicks: Program, folder: Path, project: Path) -> None:
    """A byte order mark, an image without points, and a class with a single point; points in one pixel are reported."""
    (folder / "points" / "a.txt").write_bytes(b"\xef\xbb\xbf3 4 cat\n3.2 4.9 cat\n9 9 dog\n")
    (folder / "points" / "b.txt").write_text("")
    result = fewclicks("import", project, folder, "--format", "points-txt")
    assert result.out == "3 annotations added, 0 were there already\n"
    assert "1 point in a pixel with another point of the same class" in result.err

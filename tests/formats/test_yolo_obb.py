"""YOLO-OBB: oriented boxes by four corners in fractions of the image; `data.yaml` is tested with YOLO."""

from dataclasses import replace
from math import pi
from pathlib import Path

import pytest
from label_files import dataset_of, put_text, put_yolo, texts_of

from fewclicks.errors import InputError
from fewclicks.formats.yolo import Yolo
from fewclicks.formats.yolo_obb import YoloObb
from fewclicks.labels import Box, ImageRecord, OrientedBox, Polygons

obb = YoloObb()
SQUARE = "0.25 0.2 0.5 0.2 0.5 0.5 0.25 0.5"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "obb"
    put_yolo(path, f"1 {SQUARE}\n")
    return path


def test_corners_are_read_as_an_oriented_box(folder: Path) -> None:
    (annotation,) = obb.read(folder).annotations
    assert (annotation.id, annotation.class_id, annotation.extra) == ("1:1", 1, {})
    assert annotation.shape == OrientedBox(15, 10.5, 10, 9, 0.0)


def test_yolo_reads_the_corners_of_an_export_as_a_polygon(folder: Path, tmp_path: Path) -> None:
    obb.write(obb.read(folder), tmp_path / "out")
    (annotation,) = Yolo().read(tmp_path / "out").annotations
    assert annotation.shape == Polygons(((10, 6, 20, 6, 20, 15, 10, 15),))


@pytest.mark.parametrize(
    "quad",
    [
        SQUARE,
        "0.813477 0.523437 0.814453 0.504882 0.87207 0.504882 0.87207 0.524414",  # no rectangle
        "0.5 0.5 0.25 0.5 0.25 0.2 0.5 0.2",  # begins with another corner
        "0.779296 0.690429 0.625976 0.451171 0.88965 0.266601 1.04199 0.51465",  # beyond the image
        "0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5",  # a point
    ],
)
def test_what_was_read_is_written_digit_by_digit(folder: Path, tmp_path: Path, quad: str) -> None:
    put_text(folder / "labels" / "train" / "a.txt", f"1 {quad}\n")
    dataset = obb.read(folder)
    assert obb.write(dataset, tmp_path / "out") == []
    assert texts_of(tmp_path / "out")["labels/train/a.txt"] == f"1 {quad}\n"
    assert obb.read(tmp_path / "out") == dataset


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.3, pi / 4, 1.570796325])
@pytest.mark.parametrize("size", [(640, 480), (1023, 997), (20_000, 17_771)])
def test_an_oriented_box_comes_back_exactly(tmp_path: Path, angle: float, size: tuple[int, int]) -> None:
    width, height = size
    shapes = [
        OrientedBox(width / 2, 200.123456, 33.5, 7.25, round(angle, 9)),
        OrientedBox(3, 4, 900, 0.5, round(angle, 9)),
    ]
    dataset = replace(dataset_of(*shapes), images=(ImageRecord(1, "a.png", width, height),))
    assert obb.write(dataset, tmp_path / "out") == []
    assert obb.read(tmp_path / "out") == dataset


def test_upright_boxes_are_written_as_oriented_ones(tmp_path: Path) -> None:
    assert obb.write(dataset_of(Box(10, 6, 20, 15)), tmp_path / "out") == ["1 of the boxes written as oriented boxes"]
    assert texts_of(tmp_path / "out")["labels/a.txt"] == f"0 {SQUARE}\n"


LINES = {
    "a box": ("0 0.5 0.5 0.1 0.1", "line 1: expected a class and 8 numbers of four corners, not 5 numbers"),
    "with an angle": ("0 0.5 0.5 0.1 0.1 0.3", "not 6 numbers"),
    "with confidence": (f"0 {SQUARE} 0.9", "not 10 numbers"),
    "five corners": (f"0 {SQUARE} 0.1 0.1", "not 11 numbers"),
    "class alone": ("0", "not 1 numbers"),
    "no class": (SQUARE, r"class 0\.25 is not one of the 2 classes"),
    "class unknown": (f"2 {SQUARE}", r"class 2 is not one of the 2 classes of data\.yaml"),
    "class negative": (f"-1 {SQUARE}", "class -1 is not one"),
    "class is a name": (f"fish {SQUARE}", "expected a finite number, not 'fish'"),
    "nan": ("0 nan 0.2 0.5 0.2 0.5 0.5 0.25 0.5", "not 'nan'"),
    "infinity": ("0 inf 0.2 0.5 0.2 0.5 0.5 0.25 0.5", "not 'inf'"),
    "too large": ("0 1e999 0.2 0.5 0.2 0.5 0.5 0.25 0.5", "not '1e999'"),
    "comma": ("0 0,2 0.2 0.5 0.2 0.5 0.5 0.25 0.5", "not '0,2'"),
    "outside": ("0 2 2 3 2 3 3 2 3", "line 1: .* lies outside the image of 40x30"),
    "pixels": ("0 100 100 200 100 200 200 100 200", "lies outside the image"),
    "second line": (f"0 {SQUARE}\n0", "line 2: expected a class"),
    "not UTF-8": (b"\xff", "expected UTF-8"),
}


@pytest.mark.parametrize(("text", "says"), LINES.values(), ids=LINES.keys())
def test_a_broken_line_is_named(folder: Path, text: str | bytes, says: str) -> None:
    put_text(folder / "labels" / "train" / "a.txt", text)
    with pytest.raises(InputError, match=says) as caught:
        obb.read(folder)
    assert str(caught.value).startswith(f"{folder / 'labels' / 'train' / 'a.txt'}: ")

"""Points as text: a folder of images and a folder of files with x, y and a class a line."""

from pathlib import Path

import pytest
from label_files import HEIGHT, WIDTH, dataset_of, put_image, put_text, texts_of

from fewclicks.errors import InputError
from fewclicks.formats.points_txt import PointsTxt
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, Point, Polygons

points_txt = PointsTxt()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An image with three points of two classes, one without points, and one without a file."""
    path = tmp_path / "cells"
    for name in "abc":
        put_image(path / "images" / f"{name}.jpg")
    put_text(path / "points" / "a.txt", "385e-2 7 10\r\n0 30.0 9\r\n\r\n40 0 10")
    put_text(path / "points" / "b.txt", "")
    put_text(path / "README.txt", "not a point")
    return path


def test_a_folder_is_read_with_numbers_as_ids_of_classes(folder: Path) -> None:
    dataset = points_txt.read(folder)
    assert dataset.classes == (LabelClass(9, "9"), LabelClass(10, "10"))
    assert dataset.images == tuple(ImageRecord(n, f"images/{c}.jpg", WIDTH, HEIGHT) for n, c in enumerate("abc", 1))
    assert dataset.annotations == (
        Annotation("1:1", 1, 10, Point(3.85, 7)),
        Annotation("1:2", 1, 9, Point(0, 30)),
        Annotation("1:3", 1, 10, Point(40, 0)),
    )


@pytest.mark.parametrize("name", ["cell", "007", "4294967296", "1.5", "²"])
def test_classes_that_are_no_plain_numbers_are_numbered_by_name(folder: Path, name: str) -> None:
    put_text(folder / "points" / "b.txt", f"1 1 {name}\n")
    classes = points_txt.read(folder).classes
    assert {known.name for known in classes} == {"9", "10", name}
    assert [known.id for known in classes] == [1, 2, 3]


def test_what_was_read_is_written_and_read_again_equal(folder: Path, tmp_path: Path) -> None:
    dataset = points_txt.read(folder)
    assert points_txt.write(dataset, tmp_path / "out") == []
    assert points_txt.read(tmp_path / "out") == dataset
    texts = texts_of(tmp_path / "out")
    assert texts["points/a.txt"] == "3.85 7 10\n0 30 9\n40 0 10\n"
    assert (texts["points/b.txt"], texts["points/c.txt"]) == ("", "")


def test_images_of_splits_have_their_points_beside_them(tmp_path: Path) -> None:
    dataset = dataset_of(Point(1, 1), file_name="train/images/a.png", class_name="red cell")
    assert points_txt.write(dataset, tmp_path / "out") == []
    assert texts_of(tmp_path / "out")["train/points/a.txt"] == "1 1 red-cell\n"
    assert points_txt.read(tmp_path / "out") == dataset


def test_two_points_in_the_same_place_are_two(folder: Path) -> None:
    put_text(folder / "points" / "a.txt", "3 4 1\n3 4 1\n")
    assert len(points_txt.read(folder).annotations) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("3 4", "expected x, y and a class, separated by spaces, got 2 words"),
        ("3 4 cell 1", "expected x, y and a class, separated by spaces, got 4 words"),
        ("3,5 4 1", "expected a finite number, not '3,5'; write 3.5"),
        ("3.5,4,cell", "expected x, y and a class, separated by spaces, got 1 word"),
        ("3 nan 1", "expected a finite number, not 'nan'"),
        ("40.1 4 1", "the point 40.1, 4 lies outside the image of 40x30; correct it or delete it"),
        ("3 -1 1", "the point 3, -1 lies outside the image of 40x30; correct it or delete it"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, line: str, said: str) -> None:
    put_text(folder / "points" / "a.txt", f"1 1 1\n{line}\n")
    with pytest.raises(InputError) as caught:
        points_txt.read(folder)
    assert str(caught.value) == f"{folder / 'points' / 'a.txt'}: line 2: {said}"


def test_points_of_an_image_that_is_missing_are_named(folder: Path) -> None:
    (folder / "images" / "a.jpg").unlink()
    with pytest.raises(InputError, match=r"images/a\.jpg: image not found; add it, because its size is needed"):
        points_txt.read(folder)


def test_a_folder_without_points_is_named(tmp_path: Path) -> None:
    put_text(tmp_path / "cells" / "labels" / "a.txt", "1 1 1")
    with pytest.raises(InputError, match="cells: no text file in a folder named 'points'; choose the parent of"):
        points_txt.read(tmp_path / "cells")


def test_shapes_of_other_kinds_are_counted_and_left_out(tmp_path: Path) -> None:
    ring = (0.0, 0.0, 4.0, 0.0, 4.0, 4.0)
    dataset = dataset_of(Box(0, 0, 1, 1), Point(3, 4), Polygons((ring,)), Polygons((ring,)))
    assert points_txt.write(dataset, tmp_path / "out") == [
        "1 box left out: Points TXT has no boxes",
        "2 polygons left out: Points TXT has no polygons",
        "the ids of annotations and who made them left out",
    ]
    assert points_txt.read(tmp_path / "out").annotations == (Annotation("1:1", 1, 1, Point(3, 4)),)


def test_a_data_set_of_no_images_is_written(tmp_path: Path) -> None:
    assert points_txt.write(Dataset(), tmp_path / "out") == []

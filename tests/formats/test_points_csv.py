"""Points as CSV: one line for each point."""

from pathlib import Path

import pytest
from label_files import dataset_of, put_text

from fewclicks.errors import InputError, StorageError
from fewclicks.formats.points_csv import PointsCsv
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, Point

points_csv = PointsCsv()
HEADER = "image,x,y,class\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "points.csv"


def read(path: Path, text: str | bytes) -> Dataset:
    put_text(path, text)
    return points_csv.read(path)


def test_a_file_is_read(path: Path) -> None:
    dataset = read(path, f'{HEADER}b/one.jpg,1.5,2,cell\n"a, b.jpg",0,40,"red ""cell"""\n\nb/one.jpg,3,3,cell\n')
    assert dataset.classes == (LabelClass(1, "cell"), LabelClass(2, 'red "cell"'))
    assert dataset.images == (ImageRecord(1, "b/one.jpg", 0, 0), ImageRecord(2, "a, b.jpg", 0, 0))
    assert dataset.annotations == (
        Annotation("line 2", 1, 1, Point(1.5, 2)),
        Annotation("line 3", 2, 2, Point(0, 40)),
        Annotation("line 5", 1, 1, Point(3, 3)),
    )


@pytest.mark.parametrize("change", [str.encode, lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_line_ends_of_windows_make_no_difference(path: Path, change: object) -> None:
    assert callable(change)
    dataset = read(path, change(f"{HEADER}a.jpg,1,2,cell\n"))
    assert dataset.annotations == (Annotation("line 2", 1, 1, Point(1, 2)),)


def test_columns_come_in_any_order_and_others_are_kept(path: Path) -> None:
    dataset = read(path, "class, y ,image,x,score\ncell,2,a.jpg,1,0.5\n")
    assert dataset.annotations == (Annotation("line 2", 1, 1, Point(1, 2), extra={"score": "0.5"}),)
    assert points_csv.write(dataset, path.with_stem("again")) == ["only image,x,y,class of each point written"]


def test_what_is_written_is_plain_and_read_again_equal(path: Path) -> None:
    dataset = read(path, f"{HEADER}b.jpg,1e-7,20000.123456,cell\na.jpg,0.1,2,cell\na.jpg,0.1,2,cell\n")
    assert points_csv.write(dataset, path) == []
    text = f"{HEADER}b.jpg,0.0000001,20000.123456,cell\na.jpg,0.1,2,cell\na.jpg,0.1,2,cell\n"
    assert path.read_bytes() == text.encode()
    assert points_csv.read(path) == dataset


def test_what_a_csv_has_no_place_for_is_said(path: Path) -> None:
    dataset = dataset_of(Point(1, 2), Box(0, 0, 1, 1), Box(0, 0, 2, 2))
    images = (*dataset.images, ImageRecord(2, "b.png", 4, 3), ImageRecord(3, "c.png", 4, 3))
    assert points_csv.write(Dataset(dataset.classes, images, dataset.annotations), path) == [
        "2 boxes left out: Points CSV has no boxes",
        "2 images without points left out: the file has one line per point",
        "only image,x,y,class of each point written",
    ]
    assert path.read_text(encoding="utf-8") == f"{HEADER}a.png,1,2,ship\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the column 'image' is missing; begin with image,x,y,class"),
        ("a.jpg,1,2,cell\n", "line 1: the column 'image' is missing; begin with image,x,y,class"),
        ("image,x,y\na.jpg,1,2\n", "line 1: the column 'class' is missing; begin with image,x,y,class"),
        ("image,x,y,class,x\n", "line 1: two columns have the same name; rename one"),
        ("image;x;y;class\na.jpg;12,5;3;cell\n", "line 1: the columns are separated by semicolons; separate them by"),
        ("image\tx\ty\tclass\n", "line 1: the columns are separated by tabs; separate them by commas"),
        (f'{HEADER}a.jpg,"12,5",3,cell\n', "line 2: expected a finite number for x, got '12,5'; write 12.5"),
        (f"{HEADER}a.jpg,12,5,3,cell\n", "line 2: expected 4 values, got 5; write decimals as 12.5, and put names"),
        (f"{HEADER}a.jpg,1,2,c\na.jpg,12,5\n", "line 3: expected 4 values, got 3; add the missing ones"),
        (f"{HEADER}a.jpg,left,3,cell\n", "line 2: expected a finite number for x, got 'left'"),
        (f"{HEADER}a.jpg,1,nan,cell\n", "line 2: expected a finite number for y, got 'nan'"),
        (f'{HEADER}a.jpg,"1,2,3",3,cell\n', "line 2: expected a finite number for x, got '1,2,3'"),
        (f"{HEADER}a.jpg,,3,cell\n", "line 2: the x is missing; add it"),
        (f"{HEADER},1,3,cell\n", "line 2: the image is missing; add it"),
        (f"{HEADER}a.jpg,1,3,\n", "line 2: the class is missing; add it"),
        (f"{HEADER}a.jpg,-1,3,cell\n", "line 2: the point -1, 3 lies outside the image; x and y must not be negative"),
        (f'{HEADER}"a.jpg,1,3,cell\n', "line 2: not CSV: unexpected end of data; correct this line"),
    ],
)
def test_a_wrong_line_is_named(path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(path, text)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_another_csv_file_is_not_replaced(path: Path) -> None:
    put_text(path, "name,age\n")
    with pytest.raises(StorageError, match="a CSV file of points"):
        points_csv.write(Dataset(), path)

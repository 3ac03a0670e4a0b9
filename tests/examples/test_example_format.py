"""A separate package adds a file format: nothing in fewclicks names it, and everything finds it."""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image

from example_packages import EXAMPLES, checked, fewclicks, installed, serving
from fewclicks.errors import InputError
from fewclicks.formats.protocol import Format

ROOT = EXAMPLES.parent
EXAMPLE = EXAMPLES / "fewclicks-boxes-csv"
FILE = """\
file,width,height,class,x0,y0,x1,y1
b.png,40,30,"dog, small",1.5,2.0,11.0,9.25
a.png,40,30,cat,-0.5,3.0,8.0,30.0
b.png,40,30,cat,20.0,10.0,28.0,17.0
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return installed(EXAMPLE.name, tmp_path_factory.mktemp("installed"))


def written(folder: Path) -> Path:
    path = folder / "boxes.csv"
    path.write_bytes(FILE.replace("\n", "\r\n").encode())
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture(scope="module")
def project(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the boxes of `file`, which no test changes."""
    folder = tmp_path_factory.mktemp("boxes")
    (folder / "images").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (40, 30)).save(folder / "images" / name)
    fewclicks(environment, "new", folder / "project", "--images", folder / "images", "--classes", "cat")
    said = fewclicks(environment, "import", folder / "project", written(folder), "--format", "boxes-csv")
    assert said == "3 annotations added, 0 were there already\n"
    return folder / "project"


def answer(url: str) -> Any:
    with urlopen(url, timeout=30) as response:
        return json.load(response) if "json" in response.headers["content-type"] else response.read()


def test_import_and_export_on_the_command_line(
    environment: dict[str, str], project: Path, file: Path, tmp_path: Path
) -> None:
    fewclicks(environment, "export", project, "--format", "boxes-csv", "--to", tmp_path / "again.csv")
    assert sorted((tmp_path / "again.csv").read_bytes().splitlines()) == sorted(file.read_bytes().splitlines())


@pytest.mark.parametrize("verb", ["import", "export"])
def test_the_help_lists_it(environment: dict[str, str], verb: str) -> None:
    said = " ".join(fewclicks(environment, verb, "--help").split())
    assert "boxes-csv Upright boxes in one CSV file, one box per line" in said


def test_the_server_offers_and_exports_it(environment: dict[str, str], project: Path, file: Path) -> None:
    with serving(environment, project) as url:
        offered = {each["name"]: each for each in answer(f"{url}api/formats")}
        exported = answer(f"{url}api/export?format=boxes-csv")
    assert offered["boxes-csv"] == {
        "name": "boxes-csv",
        "title": "Boxes CSV",
        "summary": "Upright boxes in one CSV file, one box per line",
        "suffix": ".csv",
        "media_type": "text/csv",
    }
    assert list(offered)[-1] == "boxes-csv"
    assert sorted(exported.splitlines()) == sorted(file.read_bytes().splitlines())


def test_it_passes_the_tests_of_all_formats(environment: dict[str, str]) -> None:
    contract = ROOT / "tests" / "contracts" / "test_formats.py"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "boxes-csv"]
    said = checked(sys.executable, "-m", "pytest", *options, contract, environment=environment)
    assert int(said.splitlines()[-1].split(" passed")[0]) > 12


def test_nothing_else_names_it() -> None:
    sources = [path for folder in ("src", "web/src") for path in (ROOT / folder).rglob("*") if path.is_file()]
    named = [path for path in sources if path.suffix in (".py", ".ts", ".svelte") and b"boxes-csv" in path.read_bytes()]
    assert len(sources) > 100
    assert [*named, *([ROOT / "pyproject.toml"] if "boxes-csv" in (ROOT / "pyproject.toml").read_text() else [])] == []


@pytest.fixture
def boxes_csv(monkeypatch: pytest.MonkeyPatch) -> Format:
    """The format itself, from its sources."""
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))
    from fewclicks_boxes_csv.boxes_csv import BoxesCsv

    return BoxesCsv()


def test_what_a_file_says_is_read(boxes_csv: Format, file: Path) -> None:
    dataset = boxes_csv.read(file)
    assert [(image.id, image.file_name, image.size_hw) for image in dataset.images] == [
        (1, "b.png", (30, 40)),
        (2, "a.png", (30, 40)),
    ]
    assert [known.name for known in dataset.classes] == ["dog, small", "cat"]
    assert [(found.image_id, found.class_id) for found in dataset.annotations] == [(1, 1), (2, 2), (1, 2)]
    assert boxes_csv.write(dataset, file) == []
    assert boxes_csv.read(file) == dataset


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a.png,40,30,cat,1,2,3", "expected 8 values"),
        (",40,30,cat,1,2,3,4", "expected 8 values with a file and a class"),
        ("a.png,40,30,,1,2,3,4", "expected 8 values with a file and a class"),
        ("a.png,40,30.5,cat,1,2,3,4", "width and height must be whole numbers above 0, not '40' and '30.5'"),
        ("a.png,0,30,cat,1,2,3,4", "width and height must be whole numbers above 0"),
        ("a.png,40,30,cat,1,two,3,4", "expected a finite number, not 'two'"),
        ("a.png,40,30,cat,1,nan,3,4", "expected a finite number, not 'nan'"),
        ("a.png,40,30,cat,3,2,1,4", "x0 and y0 must not exceed x1 and y1: 3,2,1,4"),
        ("a.png,40,30,cat,41,2,50,4", "the box 41,2,50,4 is outside the image of 40 x 30 pixels"),
        ("b.png,40,31,cat,1,2,3,4", "in an earlier line this image has 40 x 30 pixels"),
        ('a.png,40,30,"cat', "this is not CSV"),
    ],
)
def test_an_error_names_the_file_and_the_line(boxes_csv: Format, file: Path, line: str, problem: str) -> None:
    file.write_text("\n".join([*FILE.splitlines()[:2], line]))
    with pytest.raises(InputError) as caught:
        boxes_csv.read(file)
    assert str(caught.value).startswith(f"{file}: line 3: {problem}")

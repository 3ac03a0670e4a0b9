"""`fewclicks new`: a project, or one line and nothing."""

from pathlib import Path

import pytest
from PIL import Image

from fewclicks.formats import formats
from fewclicks.store.project import Project

from .program import Program, content


def test_it_says_what_it_made_and_what_comes_next(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my project"
    said = fewclicks.done("new", folder, "--images", images, "--classes", "cat, small  dog")
    assert said == f"2 images, 2 classes; now: fewclicks serve '{folder}'\n"
    with Project(folder) as project, project.reading() as log:
        assert [row.name for row in log.classes()] == ["cat", "small dog"]
        assert [row.file_name for row in log.images()] == ["a.png", "b.jpg"]


def test_classes_can_wait(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    said = fewclicks.done("new", tmp_path / "p", "--images", images)
    assert said == f"2 images, no classes (add them in the page); now: fewclicks serve {tmp_path / 'p'}\n"
    with Project(tmp_path / "p") as project, project.reading() as log:
        assert log.classes() == []


@pytest.mark.parametrize("form", list(formats()))
def test_a_project_without_classes_is_exported(fewclicks: Program, images: Path, tmp_path: Path, form: str) -> None:
    fewclicks.done("new", tmp_path / "p", "--images", images)
    to = tmp_path / ("out.json" if "coco" in form else "out")
    fewclicks.done("export", tmp_path / "p", "--format", form, "--to", to)


def test_images_in_subfolders_are_read(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (images / "more").mkdir()
    (images / "a.png").rename(images / "more" / "c.png")
    fewclicks.done("new", tmp_path / "p", "--images", images)
    with Project(tmp_path / "p") as project, project.reading() as log:
        assert [row.file_name for row in log.images()] == ["b.jpg", "more/c.png"]


def test_images_are_not_touched(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    before = content(images)
    fewclicks.done("new", tmp_path / "p", "--images", images, "--classes", "cat")
    assert content(images) == before


def test_an_image_that_cannot_be_opened_is_named_and_the_others_are_there(
    fewclicks: Program, images: Path, tmp_path: Path
) -> None:
    (images / "c.png").write_text("no image")
    result = fewclicks("new", tmp_path / "p", "--images", images, "--classes", "cat")
    assert (result.status, result.out.split(";")[0]) == (0, "3 images, 1 class")
    assert result.err.startswith("fewclicks: c.png: ")
    assert result.err.count("\n") == 1


def test_a_name_that_is_not_utf8_is_left_out_and_named(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (images / "bad\udcff.png").write_bytes((images / "a.png").read_bytes())
    result = fewclicks("new", tmp_path / "p", "--images", images, "--classes", "cat")
    assert (result.status, result.out.split(";")[0]) == (0, "2 images, 1 class")
    assert result.err == "fewclicks: bad\\xff.png: skipped, the file name is not UTF-8; rename the file\n"


def test_a_control_character_in_a_file_name_is_not_printed(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (images / "c\n\x1b[31m.png").write_text("no image")
    result = fewclicks("new", tmp_path / "p", "--images", images, "--classes", "cat")
    assert result.status == 0
    assert result.err.startswith(r"fewclicks: c\n\x1b[31m.png: not an image")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ("", "name 1 of '' is empty"),
        ("cat,,dog", "name 2 of 'cat,,dog' is empty"),
        ("cat,dog,", "name 3"),
        (" , ", "is empty"),
        ("cat,dog,cat", "class 'cat' occurs twice"),
        ("big  cat,big cat", "class 'big cat' occurs twice"),
        ("cat\ndog", r"a single line of plain text, got 'cat\ndog'"),
        ("cat,\x1b[31mdog", r"got 'cat,\x1b[31mdog'"),
        ("cat\udcff", r"got 'cat\udcff'"),
    ],
)
def test_classes_that_are_none(fewclicks: Program, images: Path, tmp_path: Path, classes: str, words: str) -> None:
    refused = fewclicks.refused("new", tmp_path / "p", "--images", images, "--classes", classes)
    assert refused.startswith("--classes: ")
    assert words in refused
    assert not (tmp_path / "p").exists()


def test_a_class_name_that_does_not_end(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    refused = fewclicks.refused("new", tmp_path / "p", "--images", images, "--classes", "cat," + "x" * 201)
    assert refused == "a class name has 201 characters; use at most 200"
    assert not (tmp_path / "p").exists()


def _absent(folder: Path) -> Path:
    return folder / "absent"


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def _a_file(folder: Path) -> Path:
    (folder / "file.png").write_bytes(b"x")
    return folder / "file.png"


def _only_text(folder: Path) -> Path:
    (folder / "texts").mkdir()
    (folder / "texts" / "notes.txt").write_text("hello")
    return folder / "texts"


def _text_as_image(folder: Path) -> Path:
    (folder / "spoilt").mkdir()
    (folder / "spoilt" / "a.png").write_text("hello")
    (folder / "spoilt" / "b.jpg").write_bytes(b"")
    return folder / "spoilt"


def _not_utf8(folder: Path) -> Path:
    (folder / "bytes").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "bytes" / "a.png")
    (folder / "bytes" / "a.png").rename(folder / "bytes" / "a\udcff.png")
    return folder / "bytes"


@pytest.mark.parametrize("make", [_absent, _empty, _a_file, _only_text, _text_as_image, _not_utf8])
def test_no_images(fewclicks: Program, tmp_path: Path, make: object) -> None:
    images = make(tmp_path)  # type: ignore[operator]
    before = sorted(tmp_path.rglob("*"))
    assert str(images) in fewclicks.refused("new", tmp_path / "p", "--images", images, "--classes", "cat")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_project_that_is_there_stays(fewclicks: Program, project: Path, images: Path) -> None:
    before = content(project)
    assert "a project exists already" in fewclicks.refused("new", project, "--images", images, "--classes", "bird")
    assert content(project) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "{long}", "--images", "{images}", "--classes", "cat"),
        ("new", "p", "--images", "{long}", "--classes", "cat"),
        ("export", "{long}", "--to", "x.json"),
        ("serve", "{long}", "--port", "0"),
        ("simulate", "segment", "--data", "{long}"),
    ],
)
def test_a_path_that_is_too_long(fewclicks: Program, images: Path, arguments: tuple[str, ...]) -> None:
    filled = [argument.format(long="x" * 256, images=images) for argument in arguments]
    refused = fewclicks.refused(*filled)
    assert refused.endswith("xxx: File name too long")


def test_a_place_that_cannot_be_written(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    place = tmp_path / "file" / "project"
    assert str(place) in fewclicks.refused("new", place, "--images", images, "--classes", "cat")


def test_a_project_in_place_of_a_file(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "file" in fewclicks.refused("new", tmp_path / "file", "--images", images, "--classes", "cat")
    assert (tmp_path / "file").read_text() == "x"

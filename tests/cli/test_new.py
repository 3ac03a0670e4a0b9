"""`fewclicks new`: a project, or one line and nothing."""

from pathlib import Path

import pytest

from fewclicks.store.project import Project

from .program import Program, content


def test_it_says_what_it_made_and_what_comes_next(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my project"
    said = fewclicks.done("new", folder, "--images", images, "--classes", "cat, small  dog")
    assert said == f"2 images, 2 classes; now: fewclicks serve '{folder}'\n"
    with Project(folder) as project, project.reading() as log:
        assert [row.name for row in log.classes()] == ["cat", "small dog"]
        assert [row.file_name for row in log.images()] == ["a.png", "b.jpg"]


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


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ("", "name 1 of '' is empty"),
        ("cat,,dog", "name 2 of 'cat,,dog' is empty"),
        ("cat,dog,", "name 3"),
        (" , ", "is empty"),
        ("cat,dog,cat", "class 'cat' is there twice"),
        ("big  cat,big cat", "class 'big cat' is there twice"),
    ],
)
def test_classes_that_are_none(fewclicks: Program, images: Path, tmp_path: Path, classes: str, words: str) -> None:
    refused = fewclicks.refused("new", tmp_path / "p", "--images", images, "--classes", classes)
    assert refused.startswith("--classes: ")
    assert words in refused
    assert not (tmp_path / "p").exists()


def test_a_class_name_that_does_not_end(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    refused = fewclicks.refused("new", tmp_path / "p", "--images", images, "--classes", "cat," + "x" * 201)
    assert refused == "a class name has 201 characters, at most 200 fit"
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


@pytest.mark.parametrize("make", [_absent, _empty, _a_file, _only_text, _text_as_image])
def test_no_images(fewclicks: Program, tmp_path: Path, make: object) -> None:
    images = make(tmp_path)  # type: ignore[operator]
    before = sorted(tmp_path.rglob("*"))
    assert str(images) in fewclicks.refused("new", tmp_path / "p", "--images", images, "--classes", "cat")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_project_that_is_there_stays(fewclicks: Program, project: Path, images: Path) -> None:
    before = content(project)
    assert "is a project already" in fewclicks.refused("new", project, "--images", images, "--classes", "bird")
    assert content(project) == before


def test_a_place_that_cannot_be_written(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    place = tmp_path / "file" / "project"
    assert str(place) in fewclicks.refused("new", place, "--images", images, "--classes", "cat")


def test_a_project_in_place_of_a_file(fewclicks: Program, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "file" in fewclicks.refused("new", tmp_path / "file", "--images", images, "--classes", "cat")
    assert (tmp_path / "file").read_text() == "x"

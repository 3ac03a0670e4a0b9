"""The sample project: made once, from files that are on the disk already, and never half."""

import sys
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image

from fewclicks.demo import PHOTOS, POLICIES, default_folder, make_demo
from fewclicks.errors import InputError, StorageError
from fewclicks.store.project import Project

from .program import content


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "fewclicks" / "demo"
    assert make_demo(folder)
    return folder


def test_it_has_photos_and_classes_with_policies(demo: Path) -> None:
    with Project(demo) as project, project.reading() as log:
        assert {row.name: row.policy for row in log.classes()} == POLICIES
        assert [row.file_name for row in log.images()] == [f"{name}.png" for name in PHOTOS]
        assert [row.problem for row in log.images()] == [None] * len(PHOTOS)
        assert project.name == "demo"


def test_policies_are_one_line(demo: Path) -> None:
    assert all(policy and "\n" not in policy and len(policy) < 120 for policy in POLICIES.values())


def test_photos_are_copies_of_what_scikit_image_brings(demo: Path) -> None:
    for name, source in PHOTOS.items():
        with (
            Image.open(demo / "images" / f"{name}.png") as copy,
            Image.open(str(resources.files("skimage.data") / source)) as photo,
        ):
            assert copy.format == "PNG"
            assert copy.tobytes() == photo.tobytes()


def test_the_second_time_changes_nothing(demo: Path) -> None:
    before = content(demo)
    assert not make_demo(demo)
    assert content(demo) == before


def test_it_can_be_moved(demo: Path, tmp_path: Path) -> None:
    make_demo(tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    with Project(tmp_path / "there") as project, project.reading() as log:
        assert all(project.image_path(row).is_file() for row in log.images())


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert make_demo(tmp_path)


def test_a_folder_with_something_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="a new or empty one"):
        make_demo(tmp_path)
    assert content(tmp_path) == {"thesis.txt": b"mine"}


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="file"):
        make_demo(tmp_path / "file" / "demo")


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(StorageError, match="No space left on device"):
        make_demo(tmp_path / "demo")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG folders are those of other systems")
def test_it_lives_with_the_data_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "fewclicks" / "demo"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_folder() == Path.home() / ".local" / "share" / "fewclicks" / "demo"

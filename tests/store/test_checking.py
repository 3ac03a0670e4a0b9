from pathlib import Path

import pytest

from fewclicks.errors import NotFoundError
from fewclicks.store.checking import check_project
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Snapshot

from .test_backup import add


def test_a_sound_project_has_no_problems_while_it_is_open(project: Project) -> None:
    add(project, "a")
    assert check_project(project.folder) == []


def test_tables_that_differ_from_the_log_and_missing_images_are_named(folder: Path, images: Path) -> None:
    with Project(folder) as project:
        add(project, "a")
        with project.changing() as log:
            log.put_annotations([Snapshot("b", 1, 1, "accepted", None)], 1)
            log.drop_annotations(["a"])
    (images / "c.png").unlink()
    assert check_project(folder) == [
        "annotation 'a' is not what the log contains",
        "annotation 'b' is not what the log contains",
        f"image 'c.png' is missing from {images}",
    ]


def test_a_damaged_file_is_named(folder: Path) -> None:
    with Project(folder) as project:
        for number in range(300):
            add(project, f"a{number}")
    content = bytearray((folder / "project.db").read_bytes())
    content[60_000:80_000] = b"\xff" * 20_000
    (folder / "project.db").write_bytes(content)
    assert any("project.db: " in line for line in check_project(folder))


def test_a_folder_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no project here"):
        check_project(tmp_path)

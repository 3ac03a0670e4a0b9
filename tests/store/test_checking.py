from dataclasses import replace
from pathlib import Path

import pytest

from fewclicks.errors import NotFoundError
from fewclicks.store.checking import check_project
from fewclicks.store.events import Change, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.records import ImageStatus
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


def test_statuses_and_classes_that_differ_from_the_log_are_named(project: Project) -> None:
    with project.changing() as log:
        log.set_status(2, ImageStatus("done"))
        log.put_classes(log.classes()[::-1])
    assert check_project(project.folder) == [
        "the status of image 'b.png' is 'done', but the log contains 'todo'",
    ], "the classes were never changed: the log does not contain them"
    with project.changing() as log:
        classes = tuple(log.classes())
        done = Request("done", "status", "done", {}, 2)
        log.append(done, Outcome(status=Change(ImageStatus(), ImageStatus("done"))))
        log.append(Request("classes", "classes", "classes", {}), Outcome(classes=Change(classes, classes[::-1])))
    assert check_project(project.folder) == []
    with project.changing() as log:
        log.set_status(2, ImageStatus("todo"))
        log.put_classes([replace(row, policy="whole cats") if row.name == "cat" else row for row in log.classes()])
    assert check_project(project.folder) == [
        "the status of image 'b.png' is 'todo', but the log contains 'done'",
        "the classes are not what the log contains: 'cat'",
    ]


def test_what_an_early_version_did_not_log_is_no_problem(project: Project) -> None:
    with project.changing() as log:
        classes = tuple(log.classes())
        log.append(Request("classes", "classes", "classes", {}), Outcome(classes=Change(classes, classes[::-1])))
        log.append(Request("i", "import", "import", {"number": 0}, 1), Outcome())
        log.put_classes(classes)
        log.append(Request("done", "status", "done", {}, 2), Outcome())
        log.set_status(2, ImageStatus("done"))
    assert check_project(project.folder) == []


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

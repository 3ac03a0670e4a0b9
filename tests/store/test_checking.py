from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fewclicks.errors import NotFoundError
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass
from fewclicks.store.checking import check_project
from fewclicks.store.datasets import import_dataset
from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_images_that_cannot_be_read_or_changed_their_size_are_named(kind: str, folder: Path, images: Path) -> None:
    with Project(folder) as project:
        add(project, "a")
    for name in ("a.png", "c.png"):
        Image.new("RGB", (7, 5)).save(images / name)  # only a.png has an annotation
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    (images / "b.png").write_bytes(buffer.getvalue()[: buffer.tell() // 2])
    damaged, changed = sorted(check_project(folder), key=lambda line: "size" in line)
    assert damaged.startswith(f"{images / 'b.png'}: cannot read the image: ")
    assert changed.startswith(f"{images / 'a.png'}: the size changed from ")
    assert changed.endswith("to 7x5; restore the old file, because the annotations belong to it")


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


DAMAGED_IMPORT = "the objects that import 1 ('labels.json') added are not what the log contains"


def import_boxes(project: Project) -> list[Snapshot]:
    boxes = (Annotation(f"n{i}", 1, 1, Box(i, 1, i + 8, 9)) for i in range(4))
    image = ImageRecord(1, "a.png", 64, 48)
    import_dataset(project, Dataset((LabelClass(1, "cat"),), (image,), tuple(boxes)), file="labels.json")
    with project.changing() as log:
        rows = log.annotations()
        log.append(Request("edit", "edit", "reopen", {}, 1), Outcome((AnnotationChange(rows[0], reopened(rows[0])),)))
    return rows


def reopened(row: Snapshot) -> Snapshot:
    return replace(row, state="proposed")


def test_damage_to_imported_objects_is_found(project: Project) -> None:
    edited, other, *_ = import_boxes(project)
    assert check_project(project.folder) == []
    for damaged in (reopened(other), replace(other, class_id=2)):
        with project.changing() as log:
            log.put_annotations([damaged], 1)
        assert check_project(project.folder) == [DAMAGED_IMPORT]
    with project.changing() as log:
        log.drop_annotations([other.id])
    assert check_project(project.folder) == [DAMAGED_IMPORT]
    with project.changing() as log:
        log.put_annotations([other, edited], 1)
    assert check_project(project.folder) == [f"annotation {edited.id!r} is not what the log contains"]


def test_an_object_that_no_import_added_is_found(project: Project) -> None:
    first, *_ = import_boxes(project)
    with project.changing() as log:
        log.put_annotations([replace(first, id="own")], 1)
    assert check_project(project.folder) == [DAMAGED_IMPORT]
    with project.changing() as log:
        log.drop_annotations(["own"])
        log.put_annotations([replace(first, id="own")], 2)
    assert check_project(project.folder) == ["annotation 'own' is not what the log contains"]


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

from collections.abc import Callable
from dataclasses import replace

import pytest

from fewclicks.errors import ConflictError, NotFoundError
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass
from fewclicks.store.checking import check_project
from fewclicks.store.classes import class_change
from fewclicks.store.datasets import import_dataset
from fewclicks.store.events import AnnotationChange, Outcome, Request, reversed_change
from fewclicks.store.imports import Import, UndoneImport, list_imports, undo_import
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.replay import objects_as_imported, replay_log
from fewclicks.store.snapshots import Snapshot

IMAGES = (ImageRecord(1, "a.png", 64, 48), ImageRecord(2, "b.png", 64, 48))
CLICK = {"type": "click", "x": 3.0, "y": 3.0, "adds": True, "round": 1}


def dataset(count: int = 4, class_name: str = "cat") -> Dataset:
    """Boxes in two images, in turns."""
    boxes = (Annotation(f"n{i}", 1 + i % 2, 1, Box(i, 1, i + 8, 9)) for i in range(count))
    return Dataset((LabelClass(1, class_name),), IMAGES, tuple(boxes))


def close_boxes(count: int) -> Dataset:
    """Boxes that are only 0.001 pixels apart."""
    boxes = (Annotation(f"n{i}", 1, 1, Box(i / 1000, 1, i / 1000 + 1, 2)) for i in range(count))
    return Dataset((LabelClass(1, "cat"),), IMAGES, tuple(boxes))


def change(project: Project, wanted: Callable[[Snapshot], Snapshot | None], place: int = 0) -> None:
    with project.changing() as log:
        before = log.annotations()[place]
        request = Request(f"e{log.next_seq()}", "edit", "move", {}, before.image_id)
        log.append(request, Outcome((AnnotationChange(before, wanted(before)),)))


def moved(row: Snapshot) -> Snapshot:
    return replace(row, shape={"type": "box", "xyxy": [20.0, 20.0, 30.0, 30.0]})


def deleted(row: Snapshot) -> Snapshot:
    return replace(row, state="deleted")


def check_log(log: Log) -> None:
    events = log.events()
    imports = objects_as_imported(events, log.imported.by_event())
    assert replay_log(events, imports) == log.annotations(deleted=True)


def summary(project: Project) -> list[tuple[int, str, int, int]]:
    return [(each.event, each.file, each.objects, each.unchanged) for each in list_imports(project)]


def test_an_import_is_one_event_of_many_images_and_its_objects_have_its_number(project: Project) -> None:
    import_dataset(project, dataset(), file="labels.json")
    with project.reading() as log:
        (event,) = log.events()
        assert (event.request.verb, event.request.image_id) == ("import", None)
        assert event.request.payload == {"file": "labels.json"}
        assert {each.image_id for each in log.imported.made(event.seq, event.seq)} == {1, 2}
        assert len(log.imported.made(event.seq, event.seq)) == 4
        check_log(log)


def test_the_event_of_an_import_does_not_repeat_its_objects(project: Project) -> None:
    import_dataset(project, close_boxes(600), file="labels.json")
    with project.reading() as log:
        assert len(log.annotations()) == 600
        columns = log._connection.exec_driver_sql("SELECT * FROM events").one()
    assert sum(len(str(value).encode()) for value in columns) <= 2_000
    assert summary(project) == [(1, "labels.json", 600, 600)]


def test_an_import_that_adds_nothing_is_no_event(project: Project) -> None:
    import_dataset(project, dataset())
    import_dataset(project, dataset())
    assert len(list_imports(project)) == 1


def test_an_import_is_undone_as_a_whole_and_can_be_made_again(project: Project) -> None:
    import_dataset(project, dataset(), file="labels.json")
    assert undo_import(project, "u") == UndoneImport(1, "labels.json", 4, 0, 0, 0)
    with project.reading() as log:
        assert log.annotations(deleted=True) == []
        check_log(log)
    assert import_dataset(project, dataset(), file="again.json").added == 4
    assert summary(project) == [(3, "again.json", 4, 4), (1, "labels.json", 4, 0)]
    assert undo_import(project, "v", 1).removed == 0
    assert undo_import(project, "w").event == 3
    assert check_project(project.folder) == []


def test_objects_edited_corrected_or_deleted_since_stay(project: Project) -> None:
    import_dataset(project, dataset())
    change(project, moved)
    change(project, lambda row: replace(row, prompts=(CLICK,)), 1)
    change(project, deleted, 2)
    assert summary(project) == [(1, "", 4, 1)]
    assert undo_import(project, "u") == UndoneImport(1, "", 1, 1, 1, 1)
    with project.changing() as log:
        assert len(log.annotations()) == 2
        check_log(log)
        log.undo(Request("back", "undo", "undo", {}, 1))
        assert len(log.annotations()) == 3
        check_log(log)
    assert import_dataset(project, dataset()).added == 1
    assert check_project(project.folder) == []


def test_an_object_changed_back_is_as_imported_and_removed(project: Project) -> None:
    import_dataset(project, dataset())
    change(project, moved)
    with project.changing() as log:
        log.undo(Request("back", "undo", "undo", {}, 1))
        check_log(log)
    assert undo_import(project, "u") == UndoneImport(1, "", 4, 0, 0, 0)
    assert check_project(project.folder) == []
    import_dataset(project, dataset())
    change(project, deleted)
    assert undo_import(project, "v") == UndoneImport(5, "", 3, 0, 0, 1)
    assert check_project(project.folder) == []


def test_work_on_other_objects_does_not_matter(project: Project) -> None:
    import_dataset(project, dataset(2))
    import_dataset(project, dataset(4))
    with project.changing() as log:
        own = replace(log.annotations(1)[0], id="own")
        log.append(Request("own", "edit", "box", {}, 1), Outcome((AnnotationChange(None, own),)))
    assert undo_import(project, "u", 1).removed == 2
    with project.reading() as log:
        assert len(log.annotations()) == 3
        assert log.undo_words("", 1).undo == "box"
        check_log(log)


def test_a_class_that_the_import_added_is_removed_unless_it_is_used_or_was_changed(project: Project) -> None:
    import_dataset(project, dataset(class_name="bird"))
    undo_import(project, "u")
    with project.reading() as log:
        assert [row.name for row in log.classes()] == ["cat", "dog"]
    import_dataset(project, dataset(class_name="bird"))
    change(project, moved)
    undo_import(project, "v")
    with project.reading() as log:
        assert [row.name for row in log.classes()] == ["cat", "dog", "bird"]
    import_dataset(project, dataset(class_name="fish"))
    with project.changing() as log:
        wanted = [replace(row, policy="all of them") if row.name == "fish" else row for row in log.classes()]
        log.append(Request("c", "classes", "classes", {}), Outcome(classes=class_change(log, wanted)))
    undo_import(project, "w")
    with project.reading() as log:
        assert [row.name for row in log.classes()] == ["cat", "dog", "bird", "fish"]


def test_a_repeated_request_removes_nothing_more(project: Project) -> None:
    import_dataset(project, dataset())
    first = undo_import(project, "u", 1)
    import_dataset(project, dataset())
    assert undo_import(project, "u", 1) == first
    with project.reading() as log:
        assert len(log.annotations()) == 4
    with pytest.raises(ConflictError, match="used for another request"):
        undo_import(project, "u", 3)


def test_what_is_no_import_is_refused(project: Project) -> None:
    with pytest.raises(ConflictError, match="no import to undo; nothing was imported"):
        undo_import(project, "u")
    import_dataset(project, dataset())
    undo_import(project, "u")
    with pytest.raises(ConflictError, match="no import to undo; to undo one again"):
        undo_import(project, "v")
    with pytest.raises(NotFoundError, match="event 2 is not an import"):
        undo_import(project, "w", 2)


def test_an_import_of_one_event_an_object_by_an_earlier_version_is_undone_as_a_whole(project: Project) -> None:
    import_dataset(project, dataset())
    undo_import(project, "u")
    with project.changing() as log:
        before = [change.before for change in log.events("undo-import")[0].outcome.annotations]
        for run in (before[:3], before[3:]):
            for number, row in enumerate(filter(None, run)):
                request = Request(f"{row.id}-{log.next_seq()}", "import", "import", {"number": number}, row.image_id)
                log.append(request, Outcome((AnnotationChange(None, row),)))
    assert summary(project) == [(6, "", 1, 1), (3, "", 3, 3), (1, "", 4, 0)]
    assert undo_import(project, "v", 3).removed == 3
    with project.reading() as log:
        assert len(log.annotations()) == 1
        check_log(log)


def test_an_import_whose_event_contains_its_objects_is_undone_as_a_whole(project: Project) -> None:
    import_dataset(project, dataset())
    undo_import(project, "u")
    with project.changing() as log:
        added = [reversed_change(each) for each in log.events("undo-import")[0].outcome.annotations]
        log.append(Request("old", "import", "import", {"file": "old.json"}), Outcome(tuple(added)))
    change(project, moved)
    import_dataset(project, dataset(6), file="new.json")
    assert summary(project) == [(5, "new.json", 2, 2), (3, "old.json", 4, 3), (1, "", 4, 0)]
    assert check_project(project.folder) == []
    assert undo_import(project, "v", 3) == UndoneImport(3, "old.json", 3, 1, 0, 0)
    assert check_project(project.folder) == []


def test_an_import_of_more_objects_than_a_statement_has_variables_is_undone(project: Project) -> None:
    import_dataset(project, close_boxes(33_000))
    assert undo_import(project, "u").removed == 33_000


def test_imports_are_listed_with_their_time(project: Project) -> None:
    import_dataset(project, dataset(), file="labels.json")
    with project.reading() as log:
        made = log.events()[0].created_at
    assert list_imports(project) == [Import(1, "labels.json", made, 4, 4, undone=False)]
    undo_import(project, "u")
    assert list_imports(project) == [Import(1, "labels.json", made, 4, 0, undone=True)]

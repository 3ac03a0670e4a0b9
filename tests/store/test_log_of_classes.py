"""Classes that the log changes, and that undo and redo restore."""

from dataclasses import replace

import pytest

from fewclicks.store.events import AnnotationChange, Change, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot

from .log_steps import CAT, DOG, FOX, after_of, box, deleted, edit_classes, make, step


@pytest.mark.parametrize(
    "wanted",
    [(CAT, DOG, FOX), (CAT,), (DOG, CAT), (replace(CAT, name="lynx", color="#000000", policy="ears too"), DOG), ()],
    ids=["add", "remove", "reorder", "rename", "remove all"],
)
def test_an_edit_of_the_classes_is_taken_back(project: Project, wanted: tuple[ClassRow, ...]) -> None:
    with project.changing() as log:
        edit_classes(log, *wanted)
        for classes, verb in [((CAT, DOG), "undo"), (wanted, "redo"), ((CAT, DOG), "undo")]:
            assert step(log, verb).request.kind == "classes"
            assert tuple(log.classes()) == classes


def test_what_files_said_of_classes_is_left_alone_by_edits_and_undo(project: Project) -> None:
    with project.changing() as log:
        log.put_class_extras({1: {"isthing": 0}})
        edit_classes(log, replace(CAT, name="lynx"))
        log.put_class_extras({2: {"isthing": 1}})
        for verb in ("undo", "redo", "undo"):
            step(log, verb)
            assert log.class_extras() == {1: {"isthing": 0}, 2: {"isthing": 1}}


def test_a_class_that_a_change_brought_back_goes_with_it(project: Project) -> None:
    with project.changing() as log:
        edit_classes(log, DOG)
        made = make(log, "a")
        assert made.outcome.classes == Change((DOG,), (DOG, CAT))
        step(log, "undo")
        assert log.classes() == [DOG]
        step(log, "redo")
        assert (log.classes(), [row.class_id for row in log.annotations()]) == ([DOG, CAT], [1])


def test_classes_that_an_import_uses_outlive_undo_and_redo(project: Project) -> None:
    def import_one(log: Log, class_id: int) -> None:
        row = Snapshot(f"import-{class_id}", 1, class_id, "accepted", box(3))
        log.append(Request(row.id, "import", "import", {}, 1), Outcome((AnnotationChange(None, row),)))

    with project.changing() as log:
        edit_classes(log, CAT, DOG, FOX)
        log.put_classes([*log.classes(), ClassRow(10, "owl", "#000000"), ClassRow(11, "elk", "#000000")])
        import_one(log, FOX.id)
        import_one(log, 10)
        step(log, "undo")
        assert [row.name for row in log.classes()] == ["cat", "dog", "fox", "owl", "elk"]
        step(log, "redo")
        edit_classes(log, CAT, FOX, ClassRow(10, "owl", "#000000"))
        step(log, "undo")
        import_one(log, DOG.id)
        step(log, "redo")
        assert [row.name for row in log.classes()] == ["cat", "fox", "owl", "dog"]


def test_undo_makes_no_two_classes_of_one_name(project: Project) -> None:
    with project.changing() as log:
        edit_classes(log, replace(CAT, name="lynx"))
        log.put_classes([*log.classes(), ClassRow(3, "cat", "#000000"), ClassRow(4, "dog", "#000000")])
        step(log, "undo")
        assert [(row.id, row.name) for row in log.classes()] == [(1, "lynx"), (3, "cat"), (4, "dog")]
        step(log, "redo")
        assert [(row.id, row.name) for row in log.classes()] == [(1, "lynx"), (3, "cat"), (4, "dog")]


def test_a_class_and_its_objects_can_go_in_one_change(project: Project) -> None:
    with project.changing() as log:
        row = after_of(make(log, "a"))["a"]
        assert row is not None
        moved = AnnotationChange(row, replace(row, class_id=DOG.id))
        log.append(Request("both", "edit", "merge", {}, 1), Outcome((moved,), classes=Change((CAT, DOG), (DOG,))))
        assert (log.classes(), [each.class_id for each in log.annotations()]) == ([DOG], [2])
        step(log, "undo")
        assert (log.classes(), [each.class_id for each in log.annotations()]) == ([CAT, DOG], [1])
        step(log, "redo")
        assert (log.classes(), [each.class_id for each in log.annotations()]) == ([DOG], [2])


def test_undo_brings_back_a_class_that_was_taken_out(project: Project) -> None:
    with project.changing() as log:
        make(log, "a")
        step(log, "undo")
        log.put_classes([row for row in log.classes() if row.id == 2])
        step(log, "redo")
        assert [row.id for row in log.classes()] == [2, 1]


def test_undo_takes_the_class_of_the_same_name_rather_than_a_second_one(project: Project) -> None:
    with project.changing() as log:
        before = after_of(make(log, "a"))["a"]
        assert before is not None
        log.append(Request("d", "edit", "delete", {}, 1), Outcome((AnnotationChange(before, deleted(before)),)))
        log.put_classes([ClassRow(9, "cat", "#ffffff")])
        assert after_of(step(log, "undo")) == {"a": replace(before, class_id=9)}
        assert [(row.id, row.name) for row in log.classes()] == [(9, "cat")]
        assert after_of(step(log, "redo")) == {"a": deleted(before)}
        assert replay_log(log.events()) == log.annotations(deleted=True)


def test_a_change_brings_back_its_class_when_it_was_taken_out_meanwhile(project: Project) -> None:
    with project.changing() as log:
        log.put_classes([row for row in log.classes() if row.id == 2])
        make(log, "a")
        assert [row.id for row in log.classes()] == [2, 1]

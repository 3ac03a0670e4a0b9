import pytest

from fewclicks.errors import ConflictError, InputError
from fewclicks.store.classes import PALETTE, class_change, new_classes
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow
from fewclicks.store.snapshots import Snapshot


def label(project: Project, class_id: int, state: str = "accepted") -> None:
    with project.changing() as log:
        row = Snapshot(f"a{class_id}", 1, class_id, state, {"type": "box", "xyxy": [1, 1, 5, 5]})  # type: ignore[arg-type]
        log.append(Request(f"e{class_id}", "edit", "box", {}, 1), Outcome((AnnotationChange(None, row),)))


def edit(log: Log, *classes: ClassRow) -> None:
    number = f"c{log.next_seq()}"
    log.append(Request(number, "classes", "classes", {}), Outcome(classes=class_change(log, classes)))


def test_new_classes_get_ids_and_colours_in_order() -> None:
    rows = new_classes(["a", " b  c ", "a"])
    assert rows == [ClassRow(1, "a", PALETTE[0]), ClassRow(2, "b c", PALETTE[1])]
    assert new_classes(["a", "d"], rows)[2] == ClassRow(3, "d", PALETTE[2])


def test_new_classes_have_the_colours_that_are_given() -> None:
    rows = new_classes(["a", "b"], colors={"b": "#123456", "c": "#000000"})
    assert rows == [ClassRow(1, "a", PALETTE[0]), ClassRow(2, "b", "#123456")]
    with pytest.raises(InputError, match="class 'a': expected a colour such as '#56b4e9', got 'red'"):
        new_classes(["a"], colors={"a": "red"})


def test_new_classes_have_the_ids_that_are_given_where_they_are_free() -> None:
    known = [ClassRow(1, "a", PALETTE[0]), ClassRow(90, "b", PALETTE[1])]
    ids = {"a": 5, "c": 90, "d": 7, "e": 2, "f": 1, "g": 0, "h": -4, "i": 2**53, "j": 2**53 - 1}
    rows = new_classes([*ids, "k"], known, frozenset({7}), ids=ids)
    there, own = {"a": 1, "b": 90}, {"e": 2, "j": 2**53 - 1}
    free = {"c": 3, "d": 4, "f": 6, "g": 8, "h": 9, "i": 10, "k": 11}
    assert {row.name: row.id for row in rows} == there | own | free


def test_classes_can_be_renamed_ordered_and_given_a_policy(project: Project) -> None:
    wanted = [
        ClassRow(2, "Dog", "#000000", "with its tail"),
        ClassRow(1, "cat", "#ffffff"),
        ClassRow(9, "x", "#123abc"),
    ]
    with project.changing() as log:
        edit(log, *wanted)
    with project.reading() as log:
        assert log.classes() == wanted


def test_the_ids_that_a_page_makes_are_kept(project: Project) -> None:
    far = ClassRow(2_000_000_000, "bird", "#000000")
    with project.changing() as log:
        edit(log, ClassRow(1, "cat", "#ffffff"), far)
        assert log.classes()[1] == far
        assert new_classes(["new"], log.classes(), frozenset(log.class_names()))[-1].id == 3


def test_an_unused_class_can_go_and_its_id_never_means_another(project: Project) -> None:
    cat = ClassRow(1, "cat", "#ffffff")
    with project.changing() as log:
        edit(log, cat)
        with pytest.raises(ConflictError, match="class 'bird' has the id of the deleted class 'dog'"):
            edit(log, cat, ClassRow(2, "bird", "#000000"))
        edit(log, cat, ClassRow(2, "dog", "#000000"))
        assert [row.name for row in log.classes()] == ["cat", "dog"]


def test_a_used_class_cannot_go(project: Project) -> None:
    label(project, 2)
    with project.changing() as log, pytest.raises(ConflictError, match="class 'dog' is in use; delete its objects"):
        edit(log, ClassRow(1, "cat", "#ffffff"))


def test_a_class_of_deleted_annotations_can_go(project: Project) -> None:
    label(project, 2, "deleted")
    with project.changing() as log:
        edit(log, ClassRow(1, "cat", "#ffffff"))
        assert len(log.classes()) == 1


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([ClassRow(1, " ", "#ffffff")], "name of a class is empty"),
        ([ClassRow(1, "a", "red")], "expected a colour such as '#56b4e9', got 'red'"),
        ([ClassRow(1, "a", "#fffff")], "expected a colour such as"),
        ([ClassRow(1, "a", "#ffffff"), ClassRow(2, "a", "#ffffff")], "two classes have the name 'a'"),
        ([ClassRow(1, "a", "#ffffff"), ClassRow(1, "b", "#ffffff")], "the id 1"),
    ],
)
def test_classes_that_cannot_be(project: Project, rows: list[ClassRow], says: str) -> None:
    with project.changing() as log, pytest.raises(InputError, match=says):
        class_change(log, rows)

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewclicks.errors import ConflictError
from fewclicks.store.classes import class_change
from fewclicks.store.events import AnnotationChange, Change, Event, Outcome, Request, UndoWords
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot


def box(x: float) -> dict[str, object]:
    return {"type": "box", "xyxy": [x, 0.0, x + 5, 5.0]}


def make(log: Log, annotation_id: str, image_id: int = 1, x: float = 0, kind: str = "box", seconds: float = 1) -> Event:
    """A change: the annotation gets a box at `x`."""
    before = log.annotation(annotation_id)
    after = Snapshot(annotation_id, image_id, 1, "accepted", box(x))
    number = log.next_seq()
    request = Request(f"e{number}", "edit", kind, {"number": number}, image_id, seconds)
    return log.append(request, Outcome((AnnotationChange(before, after),), clicks=2))


def deleted(row: Snapshot) -> Snapshot:
    return replace(row, state="deleted")


def after_of(event: Event) -> dict[str, Snapshot | None]:
    return {change.id: change.after for change in event.outcome.annotations}


def step(log: Log, verb: str) -> Event:
    request = Request(f"{verb}{log.next_seq()}", verb, verb, {"n": log.next_seq()})  # type: ignore[arg-type]
    return log.undo(request) if verb == "undo" else log.redo(request)


def change(log: Log, *changes: AnnotationChange, kind: str = "merge", image_id: int = 1) -> Event:
    """Several annotations at once."""
    number = log.next_seq()
    return log.append(Request(f"e{number}", "edit", kind, {"number": number}, image_id), Outcome(changes))


def mark(log: Log, status: str, image_id: int = 1) -> Event:
    outcome = Outcome(status=Change(log.summary(image_id).status, status))
    return log.append(Request(f"e{log.next_seq()}", "status", status, {}, image_id), outcome)


def edit_classes(log: Log, *classes: ClassRow) -> Event:
    outcome = Outcome(classes=class_change(log, classes))
    return log.append(Request(f"e{log.next_seq()}", "classes", "classes", {}), outcome)


def test_a_change_is_stored_and_counted(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", seconds=2.5)
        make(log, "a", x=3, seconds=1)
    with project.reading() as log:
        assert [row.shape for row in log.annotations(1)] == [box(3)]
        summary = log.summary(1)
    assert (summary.annotations, summary.proposed, summary.clicks, summary.seconds) == (1, 0, 4, 3.5)


def test_undo_and_redo_go_all_the_way_across_images(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", 1, 0, "box")
        make(log, "b", 2, 1, "polygon")
        make(log, "a", 1, 2, "paint")
        kinds = [step(log, "undo").request.kind for _ in range(3)]
        assert kinds == ["paint", "polygon", "box"]
        assert log.annotations() == []
        assert log.undo_words() == UndoWords(None, "box", None, "e1")
        with pytest.raises(ConflictError, match="no change to undo"):
            step(log, "undo")
        assert [step(log, "redo").request.kind for _ in range(3)] == ["box", "polygon", "paint"]
        with pytest.raises(ConflictError, match="no change to redo"):
            step(log, "redo")
        assert {row.id: row.shape for row in log.annotations()} == {"a": box(2), "b": box(1)}
        assert log.undo_words() == UndoWords("paint", None, "e3", None)


def test_undo_of_a_named_change_takes_back_no_other(project: Project) -> None:
    with project.changing() as log:
        first, second = make(log, "a"), make(log, "b", x=1)
        with pytest.raises(ConflictError, match="the project has changed since"):
            log.undo(Request("u", "undo", "undo", {}), of=first.request.id)
        assert len(log.annotations()) == 2
        log.undo(Request("u", "undo", "undo", {}), of=second.request.id)
        with pytest.raises(ConflictError, match="the project has changed since"):
            log.redo(Request("r", "redo", "redo", {}), of=first.request.id)
        assert [row.id for row in log.annotations()] == ["a"]
        log.redo(Request("r", "redo", "redo", {}), of=second.request.id)
        assert [row.id for row in log.annotations()] == ["a", "b"]


def test_undo_says_which_annotation_it_touched(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", 2)
        event = step(log, "undo")
    assert (event.request.image_id, after_of(event)) == (2, {"a": None})


def test_several_annotations_change_and_are_restored_together(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", x=0)
        make(log, "b", x=5)
        one, two = log.annotations()
        states = [log.annotations(deleted=True)]
        merge = change(log, AnnotationChange(one, replace(one, shape=box(9))), AnnotationChange(two, deleted(two)))
        states.append(log.annotations(deleted=True))
        piece = replace(one, id="c", shape=box(20))
        grown = log.annotation("a")
        change(log, AnnotationChange(grown, replace(one, shape=box(1))), AnnotationChange(None, piece), kind="split")
        states.append(log.annotations(deleted=True))
        assert list(after_of(merge)) == ["a", "b"], "the one that it is about comes first"
        assert [row.id for row in log.annotations()] == ["a", "c"]
        for state in states[1::-1]:
            step(log, "undo")
            assert log.annotations(deleted=True) == state
        for state in states[1:]:
            step(log, "redo")
            assert log.annotations(deleted=True) == state
        assert replay_log(log.events()) == log.annotations(deleted=True)


def test_annotations_made_at_once_keep_their_order_in_the_table_and_in_the_log(project: Project) -> None:
    made = [Snapshot(name, 1, 1, "accepted", box(3)) for name in ("y", "x", "z")]
    with project.changing() as log:
        change(log, *(AnnotationChange(None, row) for row in made))
        make(log, "a")
        assert [row.id for row in log.annotations()] == ["y", "x", "z", "a"]
        assert replay_log(log.events()) == log.annotations()


def test_that_an_image_is_done_is_taken_back(project: Project) -> None:
    with project.changing() as log:
        make(log, "a")
        mark(log, "done", image_id=2)
        assert log.undo_words().undo == "done"
        undone = step(log, "undo")
        assert (undone.request.kind, undone.request.image_id) == ("done", 2)
        assert undone.outcome.status == Change("done", "todo")
        assert (log.summary(2).status, len(log.annotations())) == ("todo", 1)
        step(log, "redo")
        assert log.summary(2).status == "done"
        mark(log, "todo", image_id=2)
        assert step(log, "undo").request.kind == "todo"
        assert log.summary(2).status == "done"


CAT, DOG = ClassRow(1, "cat", "#e69f00"), ClassRow(2, "dog", "#56b4e9")
FOX = ClassRow(9, "fox", "#009e73", "with its tail")


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


def test_a_new_change_drops_what_could_be_redone(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", x=0)
        make(log, "a", x=1)
        step(log, "undo")
        make(log, "a", x=2)
        with pytest.raises(ConflictError):
            step(log, "redo")
        step(log, "undo")
        assert log.annotation("a") == Snapshot("a", 1, 1, "accepted", box(0))
        step(log, "redo")
        assert log.annotation("a") == Snapshot("a", 1, 1, "accepted", box(2))


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


def test_a_known_request_is_found_and_another_under_its_id_refused(project: Project) -> None:
    with project.changing() as log:
        event = make(log, "a")
        assert log.known(event.request) == event
        assert log.known(replace(event.request, id="new")) is None
        for other in (replace(event.request, payload={"number": 99}), replace(event.request, verb="respond")):
            with pytest.raises(ConflictError, match="was used for another request"):
                log.known(other)


def test_the_log_survives_reopening(project: Project) -> None:
    with project.changing() as log:
        make(log, "a")
        step(log, "undo")
        words = log.undo_words()
    project.close()
    with Project(project.folder) as again, again.reading() as log:
        assert log.undo_words() == words
        assert len(log.events()) == 2


State = tuple[dict[str, float], dict[int, str], tuple[ClassRow, ...]]


class Model:
    """Undo and redo as everyone knows them, on lists of whole states, to compare with."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.done: list[State] = []
        self.undone: list[State] = []

    def change(self, state: State) -> None:
        self.done.append(self.state)
        self.undone.clear()
        self.state = state

    def undo(self) -> bool:
        return self._swap(self.done, self.undone)

    def redo(self) -> bool:
        return self._swap(self.undone, self.done)

    def _swap(self, source: list[State], target: list[State]) -> bool:
        if not source:
            return False
        target.append(self.state)
        self.state = source.pop()
        return True


def state_of(log: Log) -> State:
    boxes = {row.id: row.shape["xyxy"][0] for row in log.annotations() if row.shape}
    return boxes, {row.id: row.status for row in log.summaries()}, tuple(log.classes())


def do_something(log: Log, random: Random) -> None:
    """A change of some annotations of one image, of a status, or of the classes."""
    verb = random.choice(["annotations", "annotations", "status", "classes"])
    image_id = random.randrange(1, 4)
    if verb == "status":
        mark(log, random.choice(["todo", "done"]), image_id)
    elif verb == "classes":
        others = random.sample([DOG, FOX], random.randrange(3))
        edit_classes(log, *others, replace(CAT, name=random.choice("xyz")))
    else:
        names = random.sample([f"{letter}{image_id}" for letter in "abcd"], random.randrange(1, 4))
        changes = []
        for name in names:
            before = log.annotation(name)
            state = "deleted" if before and random.random() < 0.3 else "accepted"
            after = Snapshot(name, image_id, 1, state, box(random.randrange(1000)))  # type: ignore[arg-type]
            changes.append(AnnotationChange(before, after))
        change(log, *changes, image_id=image_id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["change", "change", "undo", "undo", "redo"]), max_size=25),
    st.randoms(use_true_random=False),
)
def test_any_order_of_changes_is_what_two_stacks_would_give_and_what_the_log_replays(
    project: Project, verbs: list[str], random: Random
) -> None:
    with project.changing() as log:
        while log.undo_words().undo:  # examples share the project: begin with an empty one
            step(log, "undo")
        make(log, "a1", x=-1)
        step(log, "undo")
        model = Model(state_of(log))
        for verb in ["change", *verbs]:
            if verb == "change":
                do_something(log, random)
                model.change(state_of(log))
            elif getattr(model, verb)():
                step(log, verb)
            assert state_of(log) == model.state
        assert (log.undo_words().undo is None, log.undo_words().redo is None) == (not model.done, not model.undone)
        assert replay_log(log.events()) == log.annotations(deleted=True)

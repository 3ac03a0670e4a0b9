from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewclicks.errors import ConflictError
from fewclicks.store.classes import class_change
from fewclicks.store.events import (
    AnnotationChange,
    Change,
    Event,
    Outcome,
    Request,
    UndoWords,
    changes_from_json,
    changes_to_json,
)
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow, ImageStatus
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot


def box(x: float) -> dict[str, object]:
    return {"type": "box", "xyxy": [x, 0.0, x + 5, 5.0]}


def make(
    log: Log,
    annotation_id: str,
    image_id: int = 1,
    x: float = 0,
    kind: str = "box",
    seconds: float = 1,
    author: str = "",
) -> Event:
    """A change: the annotation gets a box at `x`."""
    before = log.annotation(annotation_id)
    after = Snapshot(annotation_id, image_id, 1, "accepted", box(x))
    number = log.next_seq()
    request = Request(f"e{number}", "edit", kind, {"number": number}, image_id, seconds, author)
    return log.append(request, Outcome((AnnotationChange(before, after),), clicks=2))


def deleted(row: Snapshot) -> Snapshot:
    return replace(row, state="deleted")


def after_of(event: Event) -> dict[str, Snapshot | None]:
    return {change.id: change.after for change in event.outcome.annotations}


def step(log: Log, verb: str, image_id: int = 1, author: str = "") -> Event:
    number = log.next_seq()
    request = Request(f"{verb}{number}", verb, verb, {"n": number}, image_id, author=author)  # type: ignore[arg-type]
    return log.undo(request) if verb == "undo" else log.redo(request)


def change(log: Log, *changes: AnnotationChange, kind: str = "merge", image_id: int = 1) -> Event:
    """Several annotations at once."""
    number = log.next_seq()
    return log.append(Request(f"e{number}", "edit", kind, {"number": number}, image_id), Outcome(changes))


def mark(log: Log, status: str, image_id: int = 1, author: str = "") -> Event:
    name = f"e{log.next_seq()}"
    outcome = Outcome(status=Change(log.status(image_id), ImageStatus(status, name)))
    return log.append(Request(name, "status", status, {}, image_id, author=author), outcome)


def edit_classes(log: Log, *classes: ClassRow) -> Event:
    outcome = Outcome(classes=class_change(log, classes))
    return log.append(Request(f"e{log.next_seq()}", "classes", "classes", {}, 1), outcome)


def test_a_change_is_stored_and_counted(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", seconds=2.5)
        make(log, "a", x=3, seconds=1)
    with project.reading() as log:
        assert [row.shape for row in log.annotations(1)] == [box(3)]
        summary = log.summary(1)
    assert (summary.annotations, summary.proposed, summary.clicks, summary.seconds) == (1, 0, 4, 3.5)


def test_undo_and_redo_go_all_the_way_on_each_image(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", 1, 0, "box")
        make(log, "b", 2, 1, "polygon")
        make(log, "a", 1, 2, "paint")
        assert [step(log, "undo").request.kind for _ in range(2)] == ["paint", "box"]
        assert [row.id for row in log.annotations()] == ["b"]
        assert log.undo_words("", 1) == UndoWords(None, "box", None, "e1")
        assert log.undo_words("", 2) == UndoWords("polygon", None, "e2", None)
        with pytest.raises(ConflictError, match="nothing to undo on this image"):
            step(log, "undo")
        assert step(log, "undo", 2).request.kind == "polygon"
        assert log.annotations() == []
        assert [step(log, "redo").request.kind for _ in range(2)] == ["box", "paint"]
        with pytest.raises(ConflictError, match="nothing to redo on this image"):
            step(log, "redo")
        assert step(log, "redo", 2).request.kind == "polygon"
        assert {row.id: row.shape for row in log.annotations()} == {"a": box(2), "b": box(1)}
        assert log.undo_words("", 1) == UndoWords("paint", None, "e3", None)
        assert replay_log(log.events()) == log.annotations(deleted=True)


def test_each_author_undoes_only_their_own_changes(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", x=0, author="ann")
        make(log, "b", x=1, author="bob")
        make(log, "c", x=2, author="ann")
        assert (log.undo_words("ann", 1).undo_of, log.undo_words("bob", 1).undo_of) == ("e3", "e2")
        assert after_of(step(log, "undo", author="bob")) == {"b": None}
        assert after_of(step(log, "undo", author="ann")) == {"c": None}
        assert after_of(step(log, "undo", author="ann")) == {"a": None}
        for author in ("ann", "bob", "", "nobody"):
            with pytest.raises(ConflictError, match="nothing to undo"):
                step(log, "undo", author=author)
        assert list(after_of(step(log, "redo", author="bob"))) == ["b"]
        assert [row.id for row in log.annotations()] == ["b"]


def test_undo_leaves_what_another_author_changed_since(project: Project) -> None:
    with project.changing() as log:
        made = change(log, *(AnnotationChange(None, Snapshot(name, 1, 1, "accepted", box(0))) for name in "ab"))
        assert made.outcome.kept == 0
        mine = make(log, "a", x=5, author="bob")
        undone = step(log, "undo")
        assert (after_of(undone), undone.outcome.kept) == ({"b": None}, 1)
        assert log.annotations() == [after_of(mine)["a"]]
        again = step(log, "redo")
        assert (list(after_of(again)), again.outcome.kept) == (["b"], 1)
        assert [(row.id, row.shape) for row in log.annotations()] == [("a", box(5)), ("b", box(0))]
        assert replay_log(log.events()) == log.annotations(deleted=True)
        assert [event.outcome.kept for event in log.events()] == [0, 0, 1, 1]


def test_undo_leaves_the_status_that_another_author_gave_since(project: Project) -> None:
    with project.changing() as log:
        mark(log, "done")
        mark(log, "todo", author="bob")
        undone = step(log, "undo")
        assert (undone.outcome.status, undone.outcome.kept, log.summary(1).status) == (None, 1, "todo")
        mark(log, "done")
        mark(log, "todo", author="bob")
        mark(log, "done", author="bob")
        undone = step(log, "undo")
        assert (undone.outcome.status, undone.outcome.kept, log.summary(1).status) == (None, 1, "done")


def test_the_image_with_the_latest_change_that_can_be_undone_is_found(project: Project) -> None:
    with project.changing() as log:
        assert (log.last_changed_image("", other_than=1), log.last_requested_image("")) == (None, None)
        make(log, "a", 1)
        make(log, "b", 2)
        make(log, "c", 3, author="bob")
        assert log.last_changed_image("", other_than=3) == 2
        assert log.last_changed_image("", other_than=2) == 1
        assert log.last_changed_image("bob", other_than=3) is None
        step(log, "undo", 2)
        assert log.last_changed_image("", other_than=3) == 1
        assert (log.last_requested_image(""), log.last_requested_image("bob")) == (2, 3)
        step(log, "redo", 2)
        assert log.last_changed_image("", other_than=3) == 2


def test_undo_words_name_the_annotation_whose_prompts_it_would_take_back(project: Project) -> None:
    with project.changing() as log:
        make(log, "a")
        assert log.undo_words("", 1).undo_prompts is None
        before = log.annotation("a")
        assert before is not None
        prompted = AnnotationChange(before, replace(before, shape=box(2)))
        log.append(Request("r", "respond", "click", {}, 1), Outcome((prompted,)))
        assert log.undo_words("", 1).undo_prompts == "a"
        step(log, "undo")
        assert log.undo_words("", 1).undo_prompts is None
        clicks = {"image_id": 1, "prompts": []}
        log.append(Request("c", "respond", "click", clicks, 1), Outcome())
        assert log.undo_words("", 1).undo_prompts == ""


def test_undo_of_a_named_change_takes_back_no_other(project: Project) -> None:
    with project.changing() as log:
        first, second = make(log, "a"), make(log, "b", x=1)
        with pytest.raises(ConflictError, match="the image has changed since"):
            log.undo(Request("u", "undo", "undo", {}, 1), of=first.request.id)
        assert len(log.annotations()) == 2
        log.undo(Request("u", "undo", "undo", {}, 1), of=second.request.id)
        with pytest.raises(ConflictError, match="the image has changed since"):
            log.redo(Request("r", "redo", "redo", {}, 1), of=first.request.id)
        assert [row.id for row in log.annotations()] == ["a"]
        log.redo(Request("r", "redo", "redo", {}, 1), of=second.request.id)
        assert [row.id for row in log.annotations()] == ["a", "b"]


def test_undo_says_which_annotation_it_touched(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", 2)
        event = step(log, "undo", 2)
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
        assert log.undo_words("", 2).undo == "done"
        undone = step(log, "undo", 2)
        assert (undone.request.kind, undone.request.image_id) == ("done", 2)
        assert undone.outcome.status == Change(ImageStatus("done", "e2"), ImageStatus())
        assert (log.summary(2).status, len(log.annotations())) == ("todo", 1)
        step(log, "redo", 2)
        assert log.summary(2).status == "done"
        mark(log, "todo", image_id=2)
        assert step(log, "undo", 2).request.kind == "todo"
        assert log.summary(2).status == "done"


def test_a_status_that_an_early_version_logged_is_read() -> None:
    outcome = changes_from_json('{"status": ["todo", "done"]}')
    assert outcome.status == Change(ImageStatus("todo"), ImageStatus("done"))
    assert changes_from_json(changes_to_json(outcome)) == outcome


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
        words = log.undo_words("", 1)
    project.close()
    with Project(project.folder) as again, again.reading() as log:
        assert log.undo_words("", 1) == words
        assert len(log.events()) == 2


State = tuple[dict[str, float], str, tuple[ClassRow, ...]]


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


def state_of(log: Log, image_id: int) -> State:
    """An image's boxes and status, and on image 1, where they are edited, the classes."""
    boxes = {row.id: row.shape["xyxy"][0] for row in log.annotations(image_id) if row.shape}
    return boxes, log.summary(image_id).status, tuple(log.classes()) if image_id == 1 else ()


def do_something(log: Log, random: Random, image_id: int) -> None:
    """A change of some annotations of the image, of its status, or of the classes."""
    verb = random.choice(["annotations", "annotations", "status", *["classes"] * (image_id == 1)])
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
    st.lists(st.tuples(st.sampled_from(["change", "change", "undo", "undo", "redo"]), st.integers(1, 3)), max_size=25),
    st.randoms(use_true_random=False),
)
def test_any_order_of_changes_is_what_two_stacks_an_image_would_give_and_what_the_log_replays(
    project: Project, verbs: list[tuple[str, int]], random: Random
) -> None:
    with project.changing() as log:
        for image_id in (1, 2, 3):  # examples share the project: begin with an empty one
            while log.undo_words("", image_id).undo:
                step(log, "undo", image_id)
            make(log, f"a{image_id}", image_id, x=-1)
            step(log, "undo", image_id)
        models = {image_id: Model(state_of(log, image_id)) for image_id in (1, 2, 3)}
        for verb, image_id in [("change", 1), ("change", 2), ("change", 3), *verbs]:
            model = models[image_id]
            if verb == "change":
                do_something(log, random, image_id)
                model.change(state_of(log, image_id))
            elif getattr(model, verb)():
                assert step(log, verb, image_id).outcome.kept == 0
            assert {each: state_of(log, each) for each in models} == {each: models[each].state for each in models}
        for image_id, model in models.items():
            words = log.undo_words("", image_id)
            assert (words.undo is None, words.redo is None) == (not model.done, not model.undone)
        assert replay_log(log.events()) == log.annotations(deleted=True)

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fewclicks.errors import ConflictError
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.records import ClassRow, Event, Outcome, Request, UndoWords
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot


def box(x: float) -> dict[str, object]:
    return {"type": "box", "xyxy": [x, 0.0, x + 5, 5.0]}


def make(log: Log, annotation_id: str, image_id: int = 1, x: float = 0, kind: str = "box", seconds: float = 1) -> Event:
    """A change: the annotation gets a box at `x`."""
    before = log.annotation(annotation_id)
    after = Snapshot(annotation_id, image_id, 1, "accepted", box(x))
    number = log.next_seq()
    request = Request(f"e{number}", "edit", kind, {"number": number}, image_id, annotation_id, seconds)
    return log.append(request, Outcome(before, after, clicks=2))


def step(log: Log, verb: str) -> Event:
    request = Request(f"{verb}{log.next_seq()}", verb, verb, {"n": log.next_seq()})  # type: ignore[arg-type]
    return log.undo(request) if verb == "undo" else log.redo(request)


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
        with pytest.raises(ConflictError, match="nothing to undo"):
            step(log, "undo")
        assert [step(log, "redo").request.kind for _ in range(3)] == ["box", "polygon", "paint"]
        with pytest.raises(ConflictError, match="nothing to redo"):
            step(log, "redo")
        assert {row.id: row.shape for row in log.annotations()} == {"a": box(2), "b": box(1)}
        assert log.undo_words() == UndoWords("paint", None, "e3", None)


def test_undo_of_a_named_change_takes_back_no_other(project: Project) -> None:
    with project.changing() as log:
        first, second = make(log, "a"), make(log, "b", x=1)
        with pytest.raises(ConflictError, match="something else was changed meanwhile"):
            log.undo(Request("u", "undo", "undo", {}), of=first.request.id)
        assert len(log.annotations()) == 2
        log.undo(Request("u", "undo", "undo", {}), of=second.request.id)
        with pytest.raises(ConflictError, match="something else was changed meanwhile"):
            log.redo(Request("r", "redo", "redo", {}), of=first.request.id)
        assert [row.id for row in log.annotations()] == ["a"]
        log.redo(Request("r", "redo", "redo", {}), of=second.request.id)
        assert [row.id for row in log.annotations()] == ["a", "b"]


def test_undo_says_which_annotation_it_touched(project: Project) -> None:
    with project.changing() as log:
        make(log, "a", 2)
        event = step(log, "undo")
    assert (event.request.image_id, event.request.annotation_id, event.outcome.after) == (2, "a", None)


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
        before = make(log, "a").outcome.after
        assert before is not None
        deleted = replace(before, state="deleted")
        log.append(Request("d", "edit", "delete", {}, 1, "a"), Outcome(before, deleted))
        log.put_classes([ClassRow(9, "cat", "#ffffff")])
        assert step(log, "undo").outcome.after == replace(before, class_id=9)
        assert [(row.id, row.name) for row in log.classes()] == [(9, "cat")]
        assert step(log, "redo").outcome.after == deleted
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
            with pytest.raises(ConflictError, match="already used for another request"):
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


class Model:
    """Undo and redo as everyone knows them, on lists, to compare with."""

    def __init__(self) -> None:
        self.present: dict[str, float] = {}
        self.done: list[tuple[str, float | None, float]] = []
        self.undone: list[tuple[str, float | None, float]] = []

    def make(self, name: str, x: float) -> None:
        self.done.append((name, self.present.get(name), x))
        self.undone.clear()
        self.present[name] = x

    def undo(self) -> bool:
        if not self.done:
            return False
        name, before, _ = change = self.done.pop()
        self.undone.append(change)
        if before is None:
            del self.present[name]
        else:
            self.present[name] = before
        return True

    def redo(self) -> bool:
        if not self.undone:
            return False
        name, _, after = change = self.undone.pop()
        self.done.append(change)
        self.present[name] = after
        return True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["make", "make", "undo", "undo", "redo"]), max_size=25), st.randoms(use_true_random=False)
)
def test_any_order_of_changes_is_what_two_stacks_would_give_and_what_the_log_replays(
    project: Project, verbs: list[str], random: Random
) -> None:
    model = Model()
    with project.changing() as log:
        while log.undo_words().undo:  # examples share the project: begin with an empty one
            step(log, "undo")
        make(log, "a", x=-1)
        step(log, "undo")
        for verb in ["make", *verbs]:
            name, x = random.choice("abc"), float(random.randrange(1000))
            if verb == "make":
                make(log, name, image_id=ord(name) - 96, x=x)
                model.make(name, x)
            elif getattr(model, verb)():
                step(log, verb)
            assert {row.id: row.shape["xyxy"][0] for row in log.annotations() if row.shape} == model.present
        assert (log.undo_words().undo is None, log.undo_words().redo is None) == (not model.done, not model.undone)
        assert replay_log(log.events()) == log.annotations(deleted=True)

"""Changes of the log, and undo and redo on each image."""

from dataclasses import replace

import pytest

from fewclicks.errors import ConflictError
from fewclicks.store.events import (
    AnnotationChange,
    Change,
    Outcome,
    Request,
    UndoWords,
    changes_from_json,
    changes_to_json,
)
from fewclicks.store.project import Project
from fewclicks.store.records import ImageStatus
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot

from .log_steps import after_of, box, change, deleted, make, mark, step


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

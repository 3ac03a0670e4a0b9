"""Stored suggestions: read as they were written, also by earlier versions, and restored part by part."""

import json
from dataclasses import replace

from fewclicks.store.events import AnnotationChange, Change, Outcome, Request, changes_from_json, changes_to_json
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals, SuggestedPoints, restored_proposals
from fewclicks.store.snapshots import Snapshot, State

MOVE = {"annotation_id": "a", "from_xy": [1.5, 2.0], "to_xy": [3.0, 4.0], "score": 0.5}
POINT = {"x": 1.0, "y": 2.0, "class_id": 1, "score": 0.5}
MOVED = SuggestedPoints("refine", "refine-1", (MOVE,), (), True, "r1")
FOUND = SuggestedPoints("suggest", "suggest-1", (), (POINT,), False, "r2")
CLICKED = Proposals(1, clicks=({"x": 1, "y": 2, "class_id": 1},), boxes=([1.0, 2.0, 3.0, 4.0, 0.0],), scores=(0.5,))


def test_suggestions_are_read_as_they_were_written() -> None:
    proposals = CLICKED.with_points(FOUND).with_points(MOVED)
    assert [each.method for each in proposals.points] == ["refine", "suggest"]
    assert Proposals.from_json(proposals.to_json()) == proposals
    assert proposals.points_of("refine") == MOVED
    assert proposals.points_of("other") == SuggestedPoints("other")


def test_a_log_of_an_earlier_version_is_read() -> None:
    """Its events hold one pair for one image, without points."""
    plain = {"image_id": 1, "clicks": [], "boxes": [], "scores": [], "class_ids": [], "oriented": False}
    plain |= {"method": "detect", "weights": "detect-1", "whole": True}
    pair = [plain, plain | {"scores": [0.5]}]
    (change,) = changes_from_json(json.dumps({"proposals": pair})).proposals
    assert (change.before.scores, change.after.scores, change.after.points) == ((), (0.5,), ())
    assert changes_from_json("{}") == Outcome()


def test_an_event_holds_the_suggestions_of_many_images() -> None:
    changes = tuple(Change(Proposals(n), Proposals(n).with_points(FOUND)) for n in range(3))
    assert changes_from_json(changes_to_json(Outcome(proposals=changes))).proposals == changes


def test_an_answer_without_suggestions_can_be_undone() -> None:
    """It is remembered that the model was asked, until nothing is left of that."""
    asked = Proposals(1).with_points(SuggestedPoints("suggest", version="r1"))
    assert asked != Proposals(1)
    assert asked.with_points(SuggestedPoints("suggest")) == Proposals(1)


def test_what_was_not_changed_stays() -> None:
    before, after = CLICKED.with_points(MOVED), CLICKED.with_points(MOVED).with_points(FOUND)
    present = replace(after, clicks=(), boxes=()).with_points(SuggestedPoints("refine", version="r9"))
    result, kept = restored_proposals(after, before, present)
    assert (result, kept) == (replace(present, points=(present.points_of("refine"),)), 0)


def test_each_part_that_others_have_changed_is_left_alone() -> None:
    before, after = Proposals(1), CLICKED.with_points(MOVED).with_points(FOUND)
    asked_again = after.with_points(replace(FOUND, version="r3"))
    assert restored_proposals(after, before, asked_again) == (before.with_points(replace(FOUND, version="r3")), 1)
    clicked_again = replace(after, clicks=())
    assert restored_proposals(after, before, clicked_again) == (replace(clicked_again, points=()), 1)
    taken = after.with_points(replace(MOVED, moves=()))
    assert restored_proposals(after, before, taken) == (before, 0), "what is left of the same answer is removed"


def test_points_of_other_images_come_newest_first(project: Project) -> None:
    def row(name: str, image: int, x: float, state: State = "accepted") -> AnnotationChange:
        return AnnotationChange(None, Snapshot(name, image, 1, state, {"type": "point", "x": x, "y": 2.5}))

    with project.changing() as log:
        for number, change in enumerate((row("a", 1, 1), row("b", 2, 2), row("c", 3, 3), row("d", 2, 4, "proposed"))):
            log.append(
                Request(f"r{number}", "edit", "point", {}, change.after and change.after.image_id), Outcome((change,))
            )
        log.append(
            Request("box", "edit", "box", {}, 2),
            Outcome((AnnotationChange(None, Snapshot("e", 2, 1, "accepted", {"type": "box", "xyxy": [1, 1, 2, 2]})),)),
        )
        found = log.points_elsewhere(1)
    assert list(found) == [3, 2]
    assert found[2] == ({"x": 2, "y": 2.5, "class_id": 1, "target": "b"},)

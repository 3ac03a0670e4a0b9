"""The queue of questions: its order, its leases, what answers change, what undo brings back, and the ledger."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient

from fewclicks.application import questions
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Provenance
from fewclicks.store.checking import check_project
from fewclicks.store.events import AnnotationChange, Change, GivenAnswer, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.proposals import SuggestedPoints
from fewclicks.store.shapes import shape_to_json
from fewclicks.store.snapshots import Snapshot
from fewclicks.store.work import Arranged
from fewclicks.work.items import items_of, sureness_of_confidence

from .api import Api, Json, annotation, box_shape

CAT, DOG = 1, 2
SCORES = (0.9, 0.55, 0.3)
LEFT, MIDDLE, RIGHT = ([x, 20.0, 10.0, 10.0, 0.0] for x in (10.0, 30.0, 50.0))
MASK = shape_to_json(Mask(np.ones((6, 6), bool), (2, 2), (48, 64)))


def suggest(project: Project, image: int = 1, scores: Sequence[float] = SCORES, **values: object) -> None:
    """Store three suggested boxes of cats, as a job does."""
    with project.changing() as log:
        before = log.proposals(image)
        boxes = tuple([*each] for each in (LEFT, MIDDLE, RIGHT))
        after = replace(before, boxes=boxes, scores=tuple(scores), class_ids=(CAT,) * 3, method="detect", weights="d-1")
        changed = replace(after, **values)  # type: ignore[arg-type]
        log.append(Request(uuid4().hex, "ask", "find", {}), Outcome(proposals=(Change(before, changed),)))


def ask(api: Api, holder: str = "page", count: int = 10, keep: Sequence[Json] = ()) -> list[Json]:
    """The questions that a page gets in exchange for those that it has, except `keep`."""
    body = {"holder": holder, "count": count, "refresh": True, "keep": [each["id"] for each in keep]}
    sent = api.client.post("/api/questions/next", json=body)
    assert sent.status_code == 200, sent.text
    return list(sent.json()["questions"])


def progress(api: Api, holder: str = "page") -> Json:
    return dict(api.get(f"questions?holder={holder}"))


def answer(api: Api, question: Json, word: str = "accept", **values: object) -> Json:
    return api.ok("questions/answers", {"item_id": question["id"], "answer": word} | values)


def confidences(asked: Sequence[Json]) -> list[float]:
    return [each["confidence"] for each in asked]


@pytest.fixture
def api(client: TestClient) -> Api:
    return Api(client, "anna")


def test_a_project_without_suggestions_has_no_questions(api: Api) -> None:
    assert ask(api) == []
    assert progress(api) == {"answered": 0, "skipped": 0, "left": 0, "elsewhere": 0}


def test_the_least_sure_suggestion_comes_first(api: Api, project: Project) -> None:
    suggest(project)
    suggest(project, 2, (0.75, 0.12, 0.05))
    assert confidences(ask(api)) == [0.55, 0.3, 0.75, 0.12, 0.9]  # 0.05 is below the lowest confidence
    assert [sureness_of_confidence(each) for each in (0.0, 0.3, 0.5, 0.7, 1.0)] == [1, 0.4, 0, 0.4, 1]


def test_a_question_shows_its_suggestion_and_what_is_accepted_around_it(api: Api, project: Project) -> None:
    suggest(project)
    api.edit(annotation("near", box_shape()))
    first = ask(api)[0]
    assert first["shape"] == {"type": "box", "xyxy": [25, 15, 35, 25]}
    assert (first["kind"], first["class_id"], first["method"], first["weights"]) == ("box", CAT, "detect", "d-1")
    assert (first["file_name"], first["width"], first["height"]) == ("a.png", 64, 48)
    assert [each["id"] for each in first["around"]] == ["near"]


def test_two_pages_never_get_the_same_question(api: Api, project: Project) -> None:
    suggest(project)
    first = ask(api, "first", 2)
    second = ask(api, "second", 2)
    assert confidences(first) == [0.55, 0.3]
    assert confidences(second) == [0.9]
    assert progress(api, "second") == {"answered": 0, "skipped": 0, "left": 3, "elsewhere": 2}
    assert ask(api, "first", 2, first) == first


def test_a_lease_ends_and_can_be_given_back(api: Api, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    suggest(project)
    now = [1000.0]
    monkeypatch.setattr(questions, "time", lambda: now[0])
    first = ask(api, "first")
    assert confidences(first) == [0.55, 0.3, 0.9]
    now[0] += questions.LEASE_SECONDS - 1
    assert ask(api, "second") == []
    ask(api, "first", 1, first)  # renews one
    now[0] += 2
    assert confidences(ask(api, "second")) == [0.3, 0.9]
    assert api.client.post("/api/questions/give-back", json={"holder": "first"}).status_code == 204
    assert confidences(ask(api, "third")) == [0.55]


def test_answers_become_annotations_with_what_made_them(api: Api, project: Project) -> None:
    suggest(project)
    unsure, low, high = ask(api)
    right = answer(api, unsure, seconds=1.5)
    assert right["kind"] == "accept"
    assert right["annotations"][0]["state"] == "accepted"
    assert right["annotations"][0]["provenance"]["weights"] == "d-1"
    assert answer(api, low, "delete")["annotations"][0]["state"] == "deleted"
    other = answer(api, high, class_id=DOG)
    assert (other["kind"], other["annotations"][0]["class_id"]) == ("class", DOG)
    assert ask(api) == []
    assert progress(api)["answered"] == 3
    assert api.get("images/1")["proposals"]["boxes"] == []
    assert check_project(project.folder) == []


def test_a_moved_box_counts_as_drawn_by_hand(api: Api, project: Project) -> None:
    suggest(project)
    moved = answer(api, ask(api)[0], shape={"type": "box", "xyxy": [40, 30, 60, 44]}, class_id=DOG, clicks=1)
    made = moved["annotations"][0]
    assert (moved["kind"], made["shape"]["xyxy"], made["class_id"]) == ("move", [40, 30, 60, 44], DOG)
    assert (made["provenance"]["method"], made["provenance"]["predicted_quality"]) == ("manual", None)
    assert len(api.get("images/1")["proposals"]["boxes"]) == 2


def test_a_missing_object_leaves_the_question_open(api: Api, project: Project) -> None:
    suggest(project)
    first = ask(api)[0]
    added = answer(api, first, "missing", shape=box_shape(1), class_id=DOG, clicks=1)
    assert (added["kind"], added["annotations"][0]["state"]) == ("missing", "accepted")
    assert ask(api)[0]["id"] == first["id"]
    assert "shape and a class" in api.refused("questions/answers", {"item_id": first["id"], "answer": "missing"}, 422)


def test_skipped_questions_can_be_asked_again(api: Api, project: Project) -> None:
    suggest(project)
    answer(api, ask(api)[0], "skip")
    assert confidences(ask(api)) == [0.3, 0.9]
    assert progress(api) == {"answered": 0, "skipped": 1, "left": 2, "elsewhere": 0}
    assert api.client.post("/api/questions/skipped", json={"holder": "page"}).json()["left"] == 3
    assert confidences(ask(api)) == [0.55, 0.3, 0.9]
    assert check_project(project.folder) == []


@pytest.mark.parametrize("word", ["accept", "delete", "missing", "skip"])
def test_one_undo_takes_an_answer_back(api: Api, project: Project, word: str) -> None:
    suggest(project)
    before = ask(api)
    values = {"shape": box_shape(), "class_id": CAT} if word == "missing" else {}
    answer(api, before[0], word, **values)
    undone = api.ok("questions/undo", {})
    assert undone["question"]["id"] == before[0]["id"]
    assert [each["id"] for each in ask(api)] == [each["id"] for each in before]
    assert progress(api)["answered"] + progress(api)["skipped"] == 0
    assert api.annotations() == []
    assert len(api.get("images/1")["proposals"]["boxes"]) == 3
    assert check_project(project.folder) == []
    assert "no answer to undo" in api.refused("questions/undo", {}, 409)


def test_undo_goes_back_over_images_and_ctrl_z_undoes_an_answer_too(api: Api, project: Project) -> None:
    suggest(project)
    suggest(project, 2, (0.52, 0.2, 0.2))
    on_second, on_first = ask(api)[:2]
    assert (on_second["image_id"], on_first["image_id"]) == (2, 1)
    answer(api, on_second)
    answer(api, on_first)
    assert api.ok("questions/undo", {})["question"]["image_id"] == 1
    assert api.get("images/2")["history"]["undo"] == "accept"
    assert api.undo(2)["proposals"]["boxes"] != []
    assert [each["id"] for each in ask(api)[:2]] == [on_second["id"], on_first["id"]]
    assert api.redo(2)["annotations"][0]["state"] == "accepted"
    assert progress(api)["answered"] == 1


def test_a_repeated_answer_and_a_repeated_undo_have_one_effect(api: Api, project: Project) -> None:
    suggest(project)
    first = ask(api)[0]
    body = {"id": "once", "item_id": first["id"], "answer": "accept"}
    assert api.ok("questions/answers", body) == api.ok("questions/answers", body)
    assert len(api.annotations()) == 1
    for _ in range(2):
        assert api.ok("questions/undo", {"id": "back", "of": "once"})["question"]["id"] == first["id"]
    assert api.annotations() == []


def test_a_question_that_somebody_answered_is_refused(api: Api, project: Project) -> None:
    suggest(project)
    first = ask(api)[0]
    answer(api.by("ben"), first)
    body = {"item_id": first["id"], "answer": "delete"}
    assert "somebody else has answered" in api.refused("questions/answers", body, 409)
    assert "this question was removed" in api.refused("questions/answers", body | {"item_id": "box-0"}, 404)


def test_a_question_that_a_newer_version_replaces_can_still_be_answered(api: Api, project: Project) -> None:
    suggest(project)
    first, second, third = ask(api)
    suggest(project, weights="d-2", scores=(0.8, 0.15, 0.6))
    assert confidences(ask(api)) == [0.6, 0.8, 0.15]
    assert progress(api) == {"answered": 0, "skipped": 0, "left": 3, "elsewhere": 0}
    made = answer(api, first)["annotations"][0]
    assert (made["state"], made["provenance"]["weights"]) == ("accepted", "d-1")
    assert answer(api, second, "delete")["annotations"][0]["provenance"]["weights"] == "d-1"
    assert confidences(ask(api)) == [0.8]  # the newer suggestions of the same objects are gone
    answer(api, ask(api)[0], "delete")
    assert "somebody else" in api.refused("questions/answers", {"item_id": third["id"], "answer": "accept"}, 409)


def test_a_question_that_was_replaced_is_gone_after_its_lease(
    api: Api, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    suggest(project)
    first, *_ = ask(api)
    suggest(project, weights="d-2", scores=(0.8, 0.15, 0.6))
    now = questions.time() + questions.LEASE_SECONDS + 1
    monkeypatch.setattr(questions, "time", lambda: now)
    assert confidences(ask(api)) == [0.6, 0.8, 0.15]
    assert "was removed" in api.refused("questions/answers", {"item_id": first["id"], "answer": "accept"}, 404)


def test_a_question_goes_when_its_object_is_annotated_or_its_suggestion_replaced(api: Api, project: Project) -> None:
    suggest(project)
    first = ask(api)[0]
    api.edit(annotation("drawn", {"type": "box", "xyxy": [25, 15, 35, 25]}))
    assert "somebody else has answered" in api.refused(
        "questions/answers", {"item_id": first["id"], "answer": "accept"}, 409
    )
    assert confidences(ask(api)) == [0.3, 0.9]
    suggest(project, weights="d-2", scores=(0.8, 0.1, 0.6))
    assert confidences(ask(api)) == [0.6, 0.8]
    assert {each["weights"] for each in ask(api)} == {"d-2"}


def test_masks_and_points_are_in_the_same_queue(api: Api, project: Project) -> None:
    made_by = Provenance(method="segment", weights="s-1", predicted_quality=0.3)
    mask = Snapshot("mask", 1, CAT, "proposed", MASK, provenance=made_by)
    point = {"x": 5.0, "y": 40.0, "class_id": DOG, "score": 0.45}
    with project.changing() as log:
        log.append(Request("m", "edit", "paint", {}, 1), Outcome((AnnotationChange(None, mask),)))
    suggest(project, points=(SuggestedPoints("locate", "l-1", points=(point,)),))
    asked = ask(api)
    assert [each["kind"] for each in asked] == ["box", "point", "mask", "box", "box"]
    moved = answer(api, asked[1], shape={"type": "point", "x": 6.0, "y": 41.0})
    assert (moved["kind"], moved["annotations"][0]["shape"]["x"]) == ("move", 6.0)
    accepted = answer(api, asked[2], class_id=DOG)
    assert (accepted["kind"], accepted["annotations"][0]["state"]) == ("class", "accepted")
    assert [each["kind"] for each in ask(api)] == ["box", "box", "box"]
    assert check_project(project.folder) == []


def test_suggested_moves_are_questions_too(api: Api, project: Project) -> None:
    places = {"a": (10.0, 10.0), "b": (20.0, 20.0), "c": (30.0, 30.0), "d": (40.0, 40.0)}
    for name, (x, y) in places.items():
        api.edit(annotation(name, {"type": "point", "x": x, "y": y}), "point")
    scores = {"a": 0.5, "b": 0.6, "c": 0.7, "d": 0.05}
    moves = tuple(
        {"annotation_id": name, "from_xy": [*places[name]], "to_xy": [x + 3, y], "score": scores[name]}
        for name, (x, y) in places.items()
    )
    suggest(project, boxes=(), scores=(), class_ids=(), points=(SuggestedPoints("refine", "r-1", moves=moves),))
    asked = ask(api)
    assert [(each["kind"], each["confidence"]) for each in asked] == [("move", 0.5), ("move", 0.6), ("move", 0.7)]
    assert (asked[0]["shape"], asked[0]["from_xy"], asked[0]["class_id"]) == (
        {"type": "point", "x": 13, "y": 10},
        [10, 10],
        CAT,
    )
    moved = answer(api, asked[0])
    assert (moved["kind"], [each["id"] for each in moved["annotations"]]) == ("accept", ["a"])
    assert moved["annotations"][0]["provenance"]["method"] == "refine"
    stays = answer(api, asked[1], "delete")
    assert (stays["kind"], stays["annotations"]) == ("delete", [])
    assert point_of(api, "b") == (20, 20)
    corrected = answer(api, asked[2], shape={"type": "point", "x": 31.5, "y": 30.0}, class_id=DOG)
    assert (corrected["kind"], corrected["annotations"][0]["class_id"]) == ("move", DOG)
    assert corrected["annotations"][0]["provenance"]["method"] == "manual"
    assert ask(api) == []
    undone = api.ok("questions/undo", {})
    assert (undone["question"]["id"], point_of(api, "c")) == (asked[2]["id"], (30, 30))
    api.ok("questions/undo", {})
    api.ok("questions/undo", {})
    assert [each["id"] for each in ask(api)] == [each["id"] for each in asked]
    assert {name: point_of(api, name) for name in places} == places
    api.edit(annotation("a", {"type": "point", "x": 11.0, "y": 10.0}), "move")
    assert [each["id"] for each in ask(api)] == [each["id"] for each in asked[1:]], "an outdated move is no question"
    rows = api.get("ledger")["rows"]
    assert [(row["question"], row["answer"], row["undone"]) for row in rows] == [
        ("move", "move", True),
        ("move", "delete", True),
        ("move", "accept", True),
    ]
    assert check_project(project.folder) == []


def point_of(api: Api, name: str) -> tuple[float, float]:
    shape = next(each["shape"] for each in api.annotations() if each["id"] == name)
    return shape["x"], shape["y"]


def test_a_strategy_arranges_the_queue(api: Api, project: Project) -> None:
    suggest(project)
    with project.reading() as log:
        by_score = {item.subject["score"]: item for item in items_of(log.proposals(1))}
    ask(api, "page", 1)
    api.client.post("/api/questions/give-back", json={"holder": "page"})
    with project.changing() as log:
        log.work.arrange([Arranged(by_score[0.9].id, "coreset", "d-1"), Arranged(by_score[0.3].id, "coreset", "old")])
    assert [(each["confidence"], each["strategy"]) for each in ask(api)] == [
        (0.9, "coreset"),
        (0.55, "least sure"),
        (0.3, "least sure"),
    ]


def test_after_a_round_a_page_exchanges_the_questions_that_it_has_not_shown(api: Api, project: Project) -> None:
    suggest(project)
    suggest(project, 2, (0.75, 0.12, 0.05))
    with project.reading() as log:
        by_score = {item.subject["score"]: item for item in items_of(log.proposals(2))}
    first = ask(api, count=3)
    assert confidences(first) == [0.55, 0.3, 0.75]
    with project.changing() as log:
        log.work.arrange([Arranged(by_score[0.12].id, "coreset", "d-1")])
    assert confidences(ask(api, count=3, keep=first[1:2])) == [0.3, 0.12, 0.55]
    assert confidences(ask(api, "other")) == [0.75, 0.9]


def test_the_ledger_lists_every_answer_with_its_costs(api: Api, project: Project) -> None:
    suggest(project)
    first, second, third = ask(api)
    answer(api, first, seconds=1.25)
    answer(api, second, "delete", seconds=0.5)
    answer(api, third, "missing", seconds=4, clicks=1, shape=box_shape(), class_id=DOG)
    answer(api, third, shape={"type": "box", "xyxy": [44, 14, 56, 26]}, seconds=3, clicks=1)
    ledger = api.get("ledger")
    assert [row["answer"] for row in ledger["rows"]] == ["move", "missing", "delete", "accept"]
    newest = ledger["rows"][0]
    assert (newest["suggested_class"], newest["model"], newest["version"]) == ("cat", "detect", "d-1")
    assert (newest["strategy"], newest["confidence"], newest["image"]) == ("least sure", 0.9, "a.png")
    assert (ledger["rows"][1]["given_class"], ledger["rows"][2]["given_class"]) == ("dog", "")
    total = {"object_answers": 3, "all_answers": 4, "seconds": 8.75, "model_seconds": 18.8, "clicks": 2}
    assert ledger["total"] == total  # 1.6 + 1.6 + 7 + 8.6
    api.ok("questions/undo", {})
    ledger = api.get("ledger")
    assert ledger["rows"][0]["undone"] is True
    assert ledger["total"] == total | {"object_answers": 2, "all_answers": 3, "model_seconds": 10.2, "clicks": 1}


def test_the_ledger_as_csv(api: Api, project: Project) -> None:
    suggest(project)
    answer(api, ask(api)[0])
    found = api.client.get("/api/ledger.csv")
    (row,) = csv.DictReader(io.StringIO(found.text))
    assert (row["answer"], row["image"], row["model_seconds"]) == ("accept", "a.png", "1.6")
    assert "ledger.csv" in found.headers["content-disposition"]


def test_a_removed_class_asks_no_questions(api: Api, project: Project) -> None:
    suggest(project)
    ask(api)
    api.classes({"id": DOG, "name": "dog", "color": "#56b4e9"})
    assert ask(api) == []


def test_the_check_finds_an_answer_that_the_log_does_not_contain(api: Api, project: Project) -> None:
    suggest(project)
    first, second, _ = ask(api)
    answer(api, first)
    with project.changing() as log:
        log.work.put_answer(second["id"], GivenAnswer("nobody", "accept"))
    assert check_project(project.folder) == [f"the answer to question {second['id']!r} is not what the log contains"]


def test_a_question_comes_back_with_its_suggestion_and_its_class(api: Api, project: Project) -> None:
    suggest(project)
    drawn = api.edit(annotation("drawn", {"type": "box", "xyxy": [25, 15, 35, 25]}))["annotations"][0]
    assert confidences(ask(api)) == [0.3, 0.9]
    api.edit(drawn | {"state": "deleted"}, "delete")
    assert sorted(confidences(ask(api))) == [0.3, 0.55, 0.9]
    api.edit(drawn | {"state": "deleted", "class_id": DOG}, "delete")
    classes = api.get("project")["classes"]
    api.classes(classes[1])
    assert ask(api) == []
    api.classes(*classes)
    assert sorted(confidences(ask(api))) == [0.3, 0.55, 0.9]

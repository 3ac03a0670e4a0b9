"""Suggested boxes that are accepted or deleted."""

from fewclicks.store.datasets import export_dataset
from fewclicks.store.project import Project
from fewclicks.store.replay import replay_log, replay_proposals

from ..api import Api, annotation
from .clicking import CAT, DOG, ON_BLUE, ON_RED, RED, click, detect, proposals, red_boxes, take, xyxy


def test_all_are_accepted_as_one_change(api: Api, project: Project) -> None:
    detect(api, ON_RED, ON_BLUE)
    answer = take(api, id="all")
    made = api.annotations()
    assert answer["proposals"]["boxes"] == []
    assert [each["id"] for each in made] == [f"all-{n}" for n in range(8)]
    assert {each["state"] for each in made} == {"accepted"}
    first = made[0]
    assert first["provenance"]["predicted_quality"] == 1
    assert [first["provenance"][name] for name in ("method", "weights", "round")] == ["detect", "blob-1", 2]
    assert {tuple(each["shape"]["xyxy"]) for each in made if each["class_id"] == CAT} == red_boxes()
    assert len(export_dataset(project).annotations) == 8
    assert len(api.undo()["removed"]) == 8
    assert (api.annotations(), len(proposals(api)["boxes"])) == ([], 8)
    api.redo()
    assert (len(api.annotations()), proposals(api)["boxes"]) == (8, [])


def test_some_are_accepted_and_the_others_stay(api: Api) -> None:
    shown = detect(api, ON_RED, ON_BLUE)["proposals"]
    take(api, only=[i for i, each in enumerate(shown["class_ids"]) if each == DOG])
    assert [each["class_id"] for each in api.annotations()] == [DOG] * 3
    assert proposals(api)["class_ids"] == [CAT] * 5


def test_what_is_accepted_is_not_proposed_again(api: Api) -> None:
    detect(api, ON_RED)
    take(api, only=[0, 1])
    found = detect(api, ON_BLUE)["proposals"]
    assert sorted(found["class_ids"]) == [CAT] * 3 + [DOG] * 3


def test_what_another_page_accepted_already_is_not_accepted_twice(api: Api) -> None:
    shown = detect(api, ON_RED, ON_BLUE)["proposals"]
    rows = {name: shown[name] for name in ("boxes", "scores", "class_ids")}
    take(api, only=[0, 1, 2])
    api.ok("images/1/take", {"kind": "accept"} | rows)
    assert len(api.annotations()) == 8


def test_nor_is_what_was_labelled_otherwise(api: Api) -> None:
    api.edit(annotation("by-hand", {"type": "polygons", "rings": [[4, 4, 10, 4, 10, 10, 4, 10]]}), kind="polygon")
    api.edit(annotation("a-mask", {"type": "box", "xyxy": [16, 4, 22, 9]}))
    assert len(detect(api, ON_RED)["proposals"]["boxes"]) == 3


def test_what_a_person_deleted_is_not_proposed_again_until_that_is_undone(api: Api) -> None:
    detect(api, ON_RED)
    answer = take(api, "delete", only=[4])
    assert (answer["kind"], len(answer["proposals"]["boxes"])) == ("delete", 4)
    assert api.annotations() == []
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 4 + 3
    api.undo()
    assert len(api.undo()["proposals"]["boxes"]) == 5
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 5 + 3


def test_what_was_deleted_is_proposed_again_once_it_is_clicked(api: Api) -> None:
    detect(api, ON_RED)
    take(api, "delete", only=[4])
    deleted = RED[4]
    answer = detect(api, click(deleted[0] + 2, deleted[1] + 3, DOG))["proposals"]
    by_place = dict(zip(map(xyxy, answer["boxes"]), answer["class_ids"], strict=True))
    assert by_place[(deleted[0], deleted[1], deleted[0] + 6, deleted[1] + 6)] == DOG
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 5 + 3
    api.undo()
    assert len(api.undo()["proposals"]["boxes"]) == 4
    assert len(detect(api, ON_BLUE)["proposals"]["boxes"]) == 4 + 3, "it is deleted again"


def test_the_log_alone_gives_the_same(api: Api, project: Project) -> None:
    detect(api, ON_RED)
    take(api, only=[0])
    detect(api, ON_BLUE)
    api.undo()
    take(api, "delete", only=[0])
    with project.reading() as log:
        events = log.events()
        assert replay_proposals(events) == {1: log.proposals(1)}
        assert replay_log(events) == log.annotations(deleted=True)

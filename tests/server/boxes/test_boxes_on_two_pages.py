"""Clicks and suggested boxes that somebody else changes at the same time."""

from ..api import Api, Json
from .clicking import ON_BLUE, ON_RED, click, detect, detect_body, proposals, take


def test_clicks_that_somebody_else_added_to_stay(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    detect(ann, ON_RED)
    both = detect(bob, ON_BLUE)["proposals"]
    undone = ann.undo()
    assert (undone["kept"], undone["proposals"]) == (1, None)
    assert api.get("images/1")["proposals"] == both
    assert bob.undo()["kept"] == 0
    assert len(api.get("images/1")["proposals"]["clicks"]) == 1


def outdated(api: Api, path: str, body: Json) -> None:
    before = proposals(api)
    answer = api.post(f"images/1/{path}", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "outdated")
    assert proposals(api) == before


def test_clicks_and_boxes_of_outdated_clicks_are_refused(api: Api) -> None:
    seen = proposals(api)["version"]
    first = detect(api, ON_RED, version=seen)["proposals"]
    second = detect(api, ON_BLUE, version=first["version"])["proposals"]
    assert len({seen, first["version"], second["version"]}) == 3
    rows = {name: first[name][:1] for name in ("boxes", "scores", "class_ids")}
    outdated(api, "respond", detect_body(click(18, 6), version=first["version"]))
    outdated(api, "respond", detect_body(removed=[ON_RED], version=first["version"]))
    outdated(api, "take", {"kind": "accept", "version": first["version"]} | rows)
    assert api.annotations() == []
    api.ok("images/1/take", {"kind": "accept", "version": second["version"]} | rows)


def test_answers_and_accepted_boxes_leave_the_version_of_the_clicks(api: Api) -> None:
    made = detect(api, ON_RED)["proposals"]
    assert detect(api)["proposals"]["version"] == made["version"]
    assert take(api, only=[0])["proposals"]["version"] == made["version"]
    detect(api, ON_BLUE, version=made["version"])
    assert api.undo()["proposals"]["version"] == made["version"]


def test_undo_leaves_clicks_that_somebody_else_made_again(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    detect(ann, ON_RED)
    detect(bob, removed=[ON_RED])
    detect(bob, ON_RED)
    assert ann.undo()["kept"] == 1
    assert proposals(api)["clicks"] == [ON_RED]

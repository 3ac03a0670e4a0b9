"""Requests that come twice, and requests that are refused."""

import json
from typing import Any

import pytest

from fewclicks.store.project import Project

from .api import RED_BOX, Api, Json, annotation, box_shape, click


@pytest.mark.parametrize("verb", ["respond", "edit", "undo", "redo", "status", "classes"])
def test_a_repeated_request_changes_nothing_and_gets_the_answer_again(api: Api, project: Project, verb: str) -> None:
    api.edit(annotation("a", box_shape()))
    api.edit(annotation("b", box_shape()))
    api.undo()
    path, body = {
        "respond": ("images/1/respond", {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}),
        "edit": ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape(3))]}),
        "undo": ("images/1/undo", {}),
        "redo": ("images/1/redo", {}),
        "status": ("images/1/status", {"status": "done"}),
        "classes": ("classes", {"classes": api.get("project")["classes"][:1]}),
    }[verb]
    send = api.client.put if verb in ("status", "classes") else api.client.post
    first, second = (send(f"/api/{path}", json={"id": "same", **body}) for _ in range(2))  # type: ignore[dict-item]
    assert first.status_code == 200
    assert second.json() == first.json()
    with project.reading() as log:
        assert [event.request.id for event in log.events()].count("same") == 1


VAST = 9999999999999999999999


RESPOND: Json = {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("images/1/respond", RESPOND | {"class_id": VAST}),
        ("images/1/respond", RESPOND | {"class_id": 2**53}),
        ("images/1/respond", RESPOND | {"class_id": -VAST}),
        ("images/1/respond", RESPOND | {"annotation_id": "\ud800"}),
        (f"images/{VAST}/respond", RESPOND),
        ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), class_id=VAST)]}),
        ("images/1/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), VAST)]}),
        (f"images/{VAST}/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), VAST)]}),
        ("images/1/respond", RESPOND | {"\ud800": 1}),
        (f"images/{VAST}/retry", {"annotation_id": "o"}),
    ],
)
def test_a_number_or_a_text_that_the_store_cannot_hold_is_refused(
    api: Api, project: Project, path: str, body: Json
) -> None:
    sent = json.dumps({"id": "x"} | body)
    answer = api.client.post(f"/api/{path}", content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "input")
    with project.reading() as log:
        assert log.events() == []


@pytest.mark.parametrize("path", ["images/1/respond", "images/2/respond", "images/1/edits", "undo"])
def test_an_id_used_for_something_else_is_a_conflict(api: Api, path: str) -> None:
    api.respond("o", RED_BOX, id="same")
    body: Json = {"id": "same", "annotation_id": "o", "class_id": 1, "prompts": [click(1, 1)]}
    if path == "images/2/respond":
        body["prompts"] = [RED_BOX]
    if path == "images/1/edits":
        body = {"id": "same", "kind": "box", "annotations": [annotation("p", box_shape())]}
    if path == "undo":
        body = {"id": "same"}
    assert "was used for another request" in api.refused(path, body, 409)
    assert len(api.annotations()) == 1


BAD: list[tuple[str, Json, int, str]] = [
    ("images/1/respond", {}, 422, "expected annotation_id, class_id"),
    ("images/1/respond", {"prompts": []}, 422, "at least one prompt"),
    ("images/1/respond", {"prompts": [{"type": "wish"}]}, 422, "body.prompts.0"),
    ("images/1/respond", {"prompts": [{"type": "click", "x": 1, "y": 2}]}, 422, "body.prompts.0.click.adds"),
    ("images/1/respond", {"prompts": [click(1e9, 2)]}, 422, "less than or equal to 1000000"),
    ("images/1/respond", {"prompts": [click(100, 2)]}, 422, "outside the image of 64x48"),
    ("images/1/respond", {"prompts": [{"type": "box", "xyxy": [9, 9, 3, 20]}]}, 422, "x0 < x1"),
    ("images/1/respond", {"prompts": [RED_BOX], "class_id": 77}, 404, "no class 77"),
    ("images/9/respond", {"prompts": [RED_BOX]}, 404, "no image 9"),
    ("images/x/respond", {"prompts": [RED_BOX]}, 422, "path.image_id"),
    ("images/1/respond", {"prompts": [RED_BOX], "method": "magic"}, 404, "no model 'magic'"),
    ("images/1/respond", {"prompts": [RED_BOX], "seconds": -1}, 422, "body.seconds"),
    ("images/1/respond", {"prompts": [RED_BOX], "id": ""}, 422, "body.id"),
    ("images/1/respond", {"prompts": [RED_BOX], "id": "x" * 65}, 422, "body.id"),
    ("images/1/respond", {"prompts": [RED_BOX], "more": 1}, 422, "body.more: Extra inputs"),
    (
        "images/1/edits",
        {"annotations": [annotation("p", box_shape(), image=2)]},
        422,
        "expected only annotations of image 1, got one of image 2",
    ),
    ("images/9/edits", {"annotations": [annotation("p", box_shape(), image=9)]}, 404, "no image 9"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape(), class_id=5)]}, 404, "no class 5"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape(), class_id=5, state="deleted")]}, 404, "no class 5"),
    ("undo", {"of": ""}, 422, "body.of"),
    ("images/1/edits", {"annotations": []}, 422, "body.annotations: List should have at least 1 item"),
    ("images/1/edits", {"annotations": [annotation("p", None)]}, 422, "has no shape"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape(500))]}, 422, "outside the image"),
    ("images/1/edits", {"annotations": [annotation("p", {"type": "circle"})]}, 422, "body.annotations.0.shape"),
    ("images/1/edits", {"annotations": [annotation("p", box_shape())], "kind": "explode"}, 422, "body.kind"),
    (
        "images/1/edits",
        {"annotations": [annotation("o", box_shape(), image=1)], "kind": "delete"},
        422,
        "delete requires",
    ),
    ("images/1/retry", {"annotation_id": "nobody"}, 404, "no annotation 'nobody'"),
    ("undo", {"more": 1}, 422, "body.more"),
]


@pytest.mark.parametrize(("path", "changes", "status", "says"), BAD)
def test_a_bad_request_is_said_in_one_line_and_changes_nothing(
    api: Api, project: Project, path: str, changes: Json, status: int, says: str
) -> None:
    whole: dict[str, Any] = {"annotation_id": "o", "class_id": 1} if changes and path.endswith("respond") else {}
    if path.endswith("edits"):
        whole = {"kind": "box"}
    assert says in api.refused(path, whole | changes, status)
    with project.reading() as log:
        assert log.events() == []

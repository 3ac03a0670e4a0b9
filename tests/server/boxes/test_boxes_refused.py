"""Class clicks and boxes that cannot be answered or are refused."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from fewclicks.application.workspace import Workspace
from fewclicks.server.app import create_app
from fewclicks.store.project import Project

from ..api import Api, Json
from ..colour_model import ColourModel
from .clicking import CAT, ON_BLUE, ON_RED, click, detect, detect_body, proposals
from .conftest import BROKEN

ROW: Json = {"kind": "accept", "boxes": [[5, 5, 4, 4, 0]], "scores": [0.5], "class_ids": [CAT]}


def test_when_the_model_fails_the_click_is_kept_and_can_be_answered_later(api: Api) -> None:
    detect(api, ON_RED)
    BROKEN.append(True)
    answer = detect(api, ON_BLUE)
    assert answer["error"] == "the model failed: out of memory"
    assert answer["proposals"]["clicks"] == [ON_RED, ON_BLUE]
    assert len(answer["proposals"]["boxes"]) == 5
    BROKEN.clear()
    assert len(detect(api)["proposals"]["boxes"]) == 8


def test_when_the_image_cannot_be_read_the_click_is_kept(api: Api, workspace: Workspace) -> None:
    workspace.project.image_path(workspace.image(1)).write_bytes(b"nothing")
    answer = detect(api, ON_RED)
    assert answer["error"]
    assert answer["proposals"]["clicks"] == [ON_RED]
    assert api.get("images")[0]["problem"]


def test_an_image_that_could_never_be_opened_says_why(api: Api, folder: Path, project: Project) -> None:
    (folder / "images" / "d.png").write_text("no picture")
    project.sync()
    for path, body in (("respond", detect_body(ON_RED)), ("take", ROW)):
        assert "d.png: not an image in a supported format" in api.refused(f"images/4/{path}", body, 422)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (detect_body(click(65, 5)), 422, "outside the image of 64x48"),
        (detect_body(click(5, 5, 99)), 404, "no class 99"),
        (detect_body(removed=[click(5, 5)]), 422, "cannot remove the click of class 1 at 5, 5"),
        (detect_body(*[click(5, 5)] * 1001), 422, "at most 1000"),
        (detect_body({"x": 1, "y": 2}), 422, "class_id"),
        (detect_body(click(float("1e9"), 5)), 422, "x"),
        (detect_body(click(5, 5, 10**22)), 422, "class_id"),
        (detect_body(removed=[click(5, 5, 10**22)]), 422, "class_id"),
    ],
)
def test_bad_clicks_are_refused_and_nothing_is_stored(api: Api, body: Json, status: int, words: str) -> None:
    assert words in api.refused("images/1/respond", body, status)
    assert proposals(api)["clicks"] == []
    assert api.get("images/1")["history"]["undo"] is None


def test_too_many_clicks_in_all_are_refused(api: Api) -> None:
    detect(api, *[ON_RED] * 600)
    assert "at most 1000" in api.refused("images/1/detect", {"clicks": [ON_RED] * 401}, 422)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"scores": []}, 422, "expected a score and a class for each box"),
        ({"boxes": [[5, 5, 0, 4, 0]]}, 422, "x0 < x1"),
        ({"boxes": [[500, 5, 4, 4, 0]]}, 422, "outside the image"),
        ({"class_ids": [99]}, 404, "no class 99"),
        ({"class_ids": [10**22]}, 422, "class_ids"),
        ({"scores": [2]}, 422, "scores"),
        ({"kind": "move"}, 422, "kind"),
    ],
)
def test_bad_boxes_are_refused(api: Api, change: Json, status: int, words: str) -> None:
    assert words in api.refused("images/1/take", ROW | change, status)
    assert api.annotations() == []


def test_a_request_sent_twice_changes_nothing_the_second_time(api: Api) -> None:
    once = detect(api, ON_RED, id="same")
    assert detect(api, ON_RED, id="same")["proposals"] == once["proposals"]
    assert proposals(api)["clicks"] == [ON_RED]
    rows = ROW | {"id": "taken"}
    assert api.ok("images/1/take", rows)["annotations"] == api.ok("images/1/take", rows)["annotations"]
    assert len(api.annotations()) == 1


def test_without_a_model_detection_is_refused(project: Project) -> None:
    with TestClient(create_app(project, {"segment": ColourModel()}), base_url="http://127.0.0.1:8000") as opened:
        assert "no model 'detect'" in Api(opened).refused("images/1/respond", detect_body(ON_RED), 404)
        assert "for the task 'boxes'" in Api(opened).refused("images/1/detect", {"clicks": [ON_RED]}, 404)

"""Prompts for regions that cannot be answered, are sent twice, or are refused."""

import pytest
from fastapi.testclient import TestClient

from fewclicks.server.app import create_app
from fewclicks.store.project import Project

from ..api import Api, Json, annotation, box_shape, click
from ..colour_model import ColourModel
from .conftest import BROKEN
from .scribbling import LEFT, ask, extremes, halves, mask_of, pixels, refused, scribble


def test_prompts_survive_a_failure_and_are_answered_again(api: Api) -> None:
    halves(api)
    before = mask_of(api, "left")
    BROKEN.append(True)
    answer = ask(api, "left", scribble((0.5, 20), (40, 20)))
    assert "out of memory" in answer["error"]
    assert mask_of(api, "left") == before
    assert api.refused("images/1/retry", {"annotation_id": "left"}, 503)
    BROKEN.clear()
    answer = api.ok("images/1/retry", {"annotation_id": "left"})
    assert {each["id"] for each in answer["annotations"]} == {"left", "right"}
    assert (40, 20) in pixels(api)["left"]


def test_a_request_sent_twice_changes_nothing_the_second_time(api: Api) -> None:
    halves(api)
    first = ask(api, "left", scribble((20, 20), (40, 20)), id="once")
    again = ask(api, "left", scribble((20, 20), (40, 20)), id="once")
    assert first["annotations"] == again["annotations"]


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (extremes(-5, 0, 32, 48), "outside the 64x48 image"),
        (extremes(0, 0, 70, 48), "outside the 64x48 image"),
        (extremes(500, 500, 600, 600), "outside the image"),
        ({"type": "extreme_points", "points": [[3, 4], [3, 9], [3, 12], [3, 20]]}, "on one line"),
        ({"type": "extreme_points", "points": [[3, 4], [3, 4], [3, 4], [3, 4]]}, "on one line"),
        ({"type": "extreme_points", "points": [[3, 4], [9, 4.5], [4, 4], [5, 4]]}, "lie on a line"),
        ({"type": "extreme_points", "points": [[3, 4], [9, 4]]}, "at least 4"),
        (scribble((5, 5), (9, 9)), "has no extreme points; click its four"),
        ({"type": "scribble", "points": []}, "at least 1"),
        (click(5, 5), "not click"),
        ({"type": "box", "xyxy": [5, 5, 20, 20]}, "not box"),
    ],
)
def test_a_region_that_cannot_be_begun_is_refused_in_one_line(api: Api, prompt: Json, words: str) -> None:
    assert words in refused(api, "new", prompt)
    assert api.annotations() == []


def test_two_regions_with_the_same_points_are_refused(api: Api) -> None:
    ask(api, "left", extremes(*LEFT))
    assert "the same extreme points" in refused(api, "twin", extremes(*LEFT))
    ask(api, "left", extremes(*LEFT))


def test_what_is_no_region_takes_no_scribble(api: Api) -> None:
    api.edit(annotation("box", box_shape()), "box")
    api.edit(annotation("crowd", {"type": "polygons", "rings": [[1, 1, 9, 1, 9, 9]]}, crowd=True), "polygon")
    assert "has no extreme points; click its four" in refused(api, "box", scribble((3, 3), (20, 20)))
    assert "crowd" in refused(api, "crowd", scribble((3, 3), (20, 20)))


def test_regions_that_are_gone_or_elsewhere_take_no_scribble(api: Api) -> None:
    halves(api)
    assert "belongs to image 1" in refused(api, "left", scribble((3, 3), (9, 9)), status=409, image=2)
    region = next(each for each in api.annotations() if each["id"] == "left")
    api.edit(region | {"state": "deleted"}, "delete")
    assert "deleted" in refused(api, "left", scribble((3, 3), (9, 9)), status=409)


def test_a_method_that_is_not_there_is_refused(project: Project) -> None:
    with TestClient(create_app(project, {"segment": ColourModel()}), base_url="http://127.0.0.1:8000") as client:
        assert "no model 'regions'" in refused(Api(client), "left", extremes(*LEFT), status=404)


def refused_as_outdated(api: Api, name: str, prompt: Json, version: str) -> None:
    body = {"annotation_id": name, "class_id": 1, "method": "regions", "prompts": [prompt], "version": version}
    assert "another page has changed this object" in api.refused("images/1/respond", body, 409)


def test_only_changes_of_the_scribbled_region_by_another_author_count(api: Api) -> None:
    ann, bob = api.by("ann"), api.by("bob")
    halves(ann)
    left, right = (each["version"] for each in api.annotations())
    ask(ann, "left", scribble((20, 20), (40, 20)), version=left)
    moved = {each["id"]: each["version"] for each in api.annotations()}
    assert moved["right"] != right
    ask(ann, "right", scribble((50, 10), (50, 12)), version=right)
    ask(bob, "below", extremes(0, 44, 8, 48), version="")
    refused_as_outdated(ann, "left", scribble((20, 30), (40, 30)), left)
    ask(ann, "right", scribble((50, 14), (50, 16)), version=right)
    ask(bob, "left", scribble((20, 24), (40, 24)))
    refused_as_outdated(ann, "right", scribble((50, 18), (50, 20)), right)

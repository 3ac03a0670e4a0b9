"""What extreme points and scribbles change, what they leave alone, and their undo."""

from fastapi.testclient import TestClient

from fewclicks.application.answering import Answering
from fewclicks.application.answers.ask import Caches

from ..api import Api, annotation
from .scribbling import HEIGHT, LEFT, WIDTH, ask, extremes, halves, pixels, refused, scribble


def test_extreme_points_begin_a_region(api: Api) -> None:
    answer = ask(api, "left", extremes(*LEFT))
    (region,) = answer["annotations"]
    assert (region["state"], region["provenance"]["method"], region["base"]) == ("proposed", "regions", None)
    assert region["shape"]["xyxy"] == list(LEFT)
    assert answer["kind"] == "extreme_points"


def test_a_scribble_changes_its_region_and_the_neighbour_and_nothing_else(api: Api) -> None:
    halves(api)
    ask(api, "below", extremes(0, 44, 8, 48))
    before = pixels(api)
    answer = ask(api, "left", scribble((20, 20), (40, 20)))
    after = pixels(api)
    assert [each["id"] for each in answer["annotations"]] == ["left", "right"]
    assert [each["provenance"]["predicted_quality"] for each in answer["annotations"]] == [0.75, None]
    assert after["below"] == before["below"]
    assert {(x, 20) for x in range(20, 41)} <= after["left"]
    assert after["left"] & after["right"] == set()
    assert after["left"] | after["right"] == before["left"] | before["right"]


def test_one_undo_takes_back_all_of_it_and_redo_brings_it_again(api: Api) -> None:
    halves(api)
    before = api.annotations()
    ask(api, "left", scribble((20, 20), (40, 20)))
    after = api.annotations()
    assert {each["id"] for each in api.undo()["annotations"]} == {"left", "right"}
    assert api.annotations() == before
    api.redo()
    assert api.annotations() == after


def test_an_accepted_region_and_its_neighbour_stay_accepted(api: Api) -> None:
    halves(api)
    for each in api.annotations():
        api.edit(each | {"state": "accepted"}, "accept")
    ask(api, "left", scribble((20, 20), (40, 20)))
    assert {each["id"]: each["state"] for each in api.annotations()} == {"left": "accepted", "right": "accepted"}


def test_the_later_stroke_lies_on_top_whoever_came_first(api: Api) -> None:
    halves(api)
    ask(api, "right", scribble((30, 10), (30, 30)))
    ask(api, "left", scribble((20, 20), (36, 20)))
    assert (30, 20) in pixels(api)["left"]
    ask(api, "right", scribble((30, 19), (30, 21)))
    assert (30, 20) in pixels(api)["right"]
    rounds = {
        each["id"]: [p["round"] for p in each["prompts"] if p["type"] == "scribble"] for each in api.annotations()
    }
    assert rounds == {"left": [2], "right": [1, 3]}


def test_the_answer_is_the_same_by_a_server_that_kept_nothing(api: Api, client: TestClient) -> None:
    halves(api)
    api.edit(annotation("hand", {"type": "polygons", "rings": [[40, 30, 60, 30, 60, 46, 40, 46]]}), "polygon")
    strokes = [
        ("left", scribble((20, 20), (40, 20))),
        ("hand", scribble((50, 40), (50, 20))),
        ("right", scribble((45, 40))),
    ]
    workspace = client.app.state.workspace  # type: ignore[attr-defined]
    warm = []
    for name, stroke in strokes:
        ask(api, name, stroke)
        warm.append(pixels(api))
    for _ in strokes:
        api.undo()
    for (name, stroke), expected in zip(strokes, warm, strict=True):
        workspace.caches, workspace.answering = Caches(), Answering(workspace.encode, 1)
        ask(api, name, stroke)
        assert pixels(api) == expected


def test_extreme_points_given_again_take_the_place_of_the_first_ones(api: Api) -> None:
    halves(api)
    ask(api, "left", scribble((20, 20), (22, 20)))
    moved = ask(api, "left", extremes(0, 0, 24, 48))["annotations"][0]
    assert [prompt["type"] for prompt in moved["prompts"]] == ["extreme_points", "scribble"]
    assert moved["shape"]["xyxy"] == [0, 0, 24, 48]


def test_a_region_can_lose_all_its_pixels_and_stays(api: Api) -> None:
    ask(api, "small", extremes(10, 10, 14, 14))
    everywhere = [(x, y) for y in range(10, 14) for x in (9, 15)]
    ask(api, "large", extremes(*LEFT), scribble(*everywhere))
    assert pixels(api)["small"] == set()
    ask(api, "small", scribble((12, 12), (12, 13)))
    assert (12, 12) in pixels(api)["small"]


def test_an_accepted_region_that_loses_all_its_pixels_is_open_again(api: Api) -> None:
    ask(api, "small", extremes(10, 10, 14, 14))
    (small,) = api.annotations()
    api.edit(small | {"state": "accepted"}, "accept")
    ask(api, "large", extremes(*LEFT), scribble(*((x, y) for y in range(10, 14) for x in (9, 15))))
    assert pixels(api)["small"] == set()
    small = next(each for each in api.annotations() if each["id"] == "small")
    assert small["state"] == "proposed"
    body = {"kind": "accept", "annotations": [small | {"state": "accepted"}]}
    assert "covers no pixel" in api.refused("images/1/edits", body, 422)
    assert api.get("export?format=coco")["annotations"] == []
    assert [each["state"] for each in api.undo()["annotations"]] == ["accepted"]


def test_scribbles_from_a_point_to_the_whole_image_are_answered(api: Api) -> None:
    halves(api)
    ask(api, "left", scribble((40, 20)))
    assert (40, 20) in pixels(api)["left"]
    ask(api, "right", scribble(*((x, y) for y in range(0, 48, 4) for x in (0, 64))))
    assert len(pixels(api)["right"]) > WIDTH * HEIGHT / 2
    assert "outside" in refused(api, "left", scribble((3, 3), (900, 3)))


def test_regions_of_one_image_do_not_touch_those_of_another(api: Api) -> None:
    halves(api)
    before = api.annotations()
    answer = ask(api, "elsewhere", extremes(*LEFT), image=2)
    assert [each["id"] for each in answer["annotations"]] == ["elsewhere"]
    assert api.annotations() == before


def test_two_hundred_regions(api: Api) -> None:
    for number in range(200):
        x, y = number % 20 * 3, number // 20 * 4
        ask(api, f"r{number}", extremes(x, y, x + 3, y + 4))
    assert sum(map(len, pixels(api).values())) == 60 * 40
    answer = ask(api, "r0", scribble((1, 1), (5, 1)))
    assert [each["id"] for each in answer["annotations"]] == ["r0", "r1"]

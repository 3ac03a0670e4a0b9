"""Whole images answered at once: what a scribble changes, what it leaves alone, and what is refused."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from fewclicks.application.answering import Answering
from fewclicks.application.answers.ask import Caches
from fewclicks.geometry.rle import decode_rle
from fewclicks.model import COMPLETE, Encoding, Options
from fewclicks.prompts import Prompts, Scribble
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project

from .api import Api, Json, annotation, box_shape, click
from .colour_model import ColourModel
from .nearest_model import NearestModel, NearestResponse

WIDTH, HEIGHT = 64, 48
LEFT, RIGHT = (0, 0, 32, 48), (32, 0, 64, 48)


@dataclass(frozen=True)
class FailingModel(NearestModel):
    """Cannot answer a scribble that begins at the left edge."""

    def respond(
        self,
        encoding: Encoding[None],
        prompts: Prompts,
        previous: NearestResponse | None = None,
        options: Options = COMPLETE,
    ) -> NearestResponse:
        scribbles = [prompt for prompt in prompts.all if isinstance(prompt, Scribble)]
        if BROKEN and any(scribble.points_xy[0][0] == 0.5 for scribble in scribbles):
            raise RuntimeError("out of memory")
        return super().respond(encoding, prompts, previous, options)


BROKEN: list[bool] = []


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    models = {"segment": ColourModel(), "regions": FailingModel()}
    with TestClient(
        create_app(project, models, Settings(encode_ahead=False)),
        base_url="http://127.0.0.1:8000",
        raise_server_exceptions=False,
    ) as opened:
        yield opened
    BROKEN.clear()


def extremes(x0: float, y0: float, x1: float, y1: float) -> Json:
    points = [[(x0 + x1) / 2, y0], [x0, (y0 + y1) / 2], [(x0 + x1) / 2, y1], [x1, (y0 + y1) / 2]]
    return {"type": "extreme_points", "points": points}


def scribble(*points: tuple[float, float]) -> Json:
    return {"type": "scribble", "points": [list(point) for point in points]}


def ask(api: Api, name: str, *prompts: Json, **values: object) -> Json:
    return api.respond(name, *prompts, method="regions", **values)


def refused(api: Api, name: str, *prompts: Json, status: int = 422, image: int = 1) -> str:
    body = {"annotation_id": name, "class_id": 1, "method": "regions", "prompts": list(prompts)}
    return api.refused(f"images/{image}/respond", body, status)


def pixels(api: Api) -> dict[str, set[tuple[int, int]]]:
    """The pixels (x, y) of every annotation of the image."""
    found = {}
    for each in api.annotations():
        full = decode_rle(each["shape"]["counts"], (HEIGHT, WIDTH)).full()
        found[each["id"]] = {(x, y) for y in range(HEIGHT) for x in range(WIDTH) if full[y, x]}
    return found


def halves(api: Api) -> None:
    ask(api, "left", extremes(*LEFT))
    ask(api, "right", extremes(*RIGHT))


def mask_of(api: Api, name: str) -> Json:
    return dict(next(each["shape"] for each in api.annotations() if each["id"] == name))


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


def test_what_was_made_otherwise_takes_part_by_its_mask(api: Api) -> None:
    triangle = {"type": "polygons", "rings": [[34, 2, 62, 2, 62, 46]]}
    api.edit(annotation("hand", triangle), "polygon")
    api.edit(annotation("box", box_shape()), "box")
    answer = ask(api, "left", extremes(*LEFT))
    assert [each["id"] for each in answer["annotations"]] == ["left"], "nobody else's pixels changed"
    answer = ask(api, "left", scribble((20, 8), (50, 8)))
    hand = next(each for each in answer["annotations"] if each["id"] == "hand")
    assert (hand["base"], hand["shape"]["type"], hand["state"]) == (triangle, "mask", "accepted")
    assert hand["provenance"]["method"] == "regions"
    assert (50, 8) not in pixels_of(hand)
    api.undo()
    assert next(each for each in api.annotations() if each["id"] == "hand")["shape"] == triangle


def pixels_of(region: Json) -> set[tuple[int, int]]:
    full = decode_rle(region["shape"]["counts"], (HEIGHT, WIDTH)).full()
    return {(x, y) for y in range(HEIGHT) for x in range(WIDTH) if full[y, x]}


def test_a_mask_made_otherwise_can_be_extended_and_keeps_what_it_started_from(api: Api) -> None:
    square = {"type": "polygons", "rings": [[40, 10, 60, 10, 60, 40, 40, 40]]}
    api.edit(annotation("hand", square), "polygon")
    for number in (1, 2):
        hand = ask(api, "hand", scribble((45, 20 + number), (30, 20 + number)))["annotations"][0]
        assert (hand["base"], len(hand["prompts"]), hand["state"]) == (square, number, "accepted")
    assert {(30, 21), (30, 22), (41, 39)} <= pixels_of(hand)


def test_a_deleted_region_leaves_its_pixels_to_nobody_until_the_next_answer(api: Api) -> None:
    ask(api, "left", extremes(*LEFT))
    ask(api, "inner", extremes(4, 4, 20, 20))
    inner = pixels(api)["inner"]
    region = next(each for each in api.annotations() if each["id"] == "inner")
    api.edit(region | {"state": "deleted"}, "delete")
    assert pixels(api)["left"] & inner == set()
    ask(api, "left", scribble((24, 24), (26, 24)))
    assert inner <= pixels(api)["left"]


def test_extreme_points_given_again_take_the_place_of_the_first_ones(api: Api) -> None:
    halves(api)
    ask(api, "left", scribble((20, 20), (22, 20)))
    moved = ask(api, "left", extremes(0, 0, 24, 48))["annotations"][0]
    assert [prompt["type"] for prompt in moved["prompts"]] == ["extreme_points", "scribble"]
    assert moved["shape"]["xyxy"] == [0, 0, 24, 48]


def test_segment_goes_on_from_a_region_and_regions_from_what_it_made(api: Api) -> None:
    halves(api)
    shape = mask_of(api, "left")
    clicked = api.respond("left", click(16, 16))["annotations"][0]
    assert (clicked["base"], [p["type"] for p in clicked["prompts"]]) == (shape, ["click"])
    extended = ask(api, "left", scribble((10, 10), (12, 10)))["annotations"][0]
    assert extended["base"] == clicked["shape"]
    assert [prompt["type"] for prompt in extended["prompts"]] == ["scribble"]


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


def test_regions_that_were_merged_or_split_by_hand_are_extended_from_what_they_are(api: Api) -> None:
    halves(api)
    whole = {"type": "polygons", "rings": [[0, 0, 64, 0, 64, 48, 0, 48]]}
    left, right = api.annotations()
    api.edits("merge", left | {"shape": whole}, right | {"state": "deleted"})
    assert [each["id"] for each in api.annotations()] == ["left"]
    (left,) = api.annotations()
    top, bottom = ({"type": "polygons", "rings": [[0, y, 64, y, 64, y + 24, 0, y + 24]]} for y in (0, 24))
    api.edits("split", left | {"shape": top}, annotation("bottom", bottom, state="proposed"))
    answer = ask(api, "bottom", scribble((30, 30), (30, 10)))
    assert {each["id"]: each["base"] for each in answer["annotations"]} == {"bottom": bottom, "left": top}
    for word in ("scribble", "split", "merge"):
        assert api.undo()["kind"] == word
    assert len(api.annotations()) == 2


def test_moved_points_a_merge_and_a_split_are_taken_back_and_done_again_one_by_one(api: Api) -> None:
    halves(api)
    states = [api.annotations()]
    ask(api, "left", extremes(0, 0, 24, 48))
    states.append(api.annotations())
    left, right = states[-1]
    whole, top, bottom = (
        {"type": "polygons", "rings": [[0, y0, 64, y0, 64, y1, 0, y1]]} for y0, y1 in ((0, 48), (0, 24), (24, 48))
    )
    api.edits("merge", left | {"shape": whole}, right | {"state": "deleted"})
    states.append(api.annotations())
    api.edits("split", states[-1][0] | {"shape": top}, annotation("bottom", bottom, state="proposed"))
    states.append(api.annotations())
    ask(api, "bottom", scribble((30, 30), (30, 10)))
    states.append(api.annotations())
    assert [len(state) for state in states] == [2, 2, 1, 2, 2]
    done = ["extreme_points", "merge", "split", "scribble"]
    for _ in range(2):
        for kind, before in zip(reversed(done), reversed(states[:-1]), strict=True):
            assert api.undo()["kind"] == kind
            assert api.annotations() == before
        for kind, after in zip(done, states[1:], strict=True):
            assert api.redo()["kind"] == kind
            assert api.annotations() == after
    answer = ask(api, "left", scribble((30, 10), (30, 30)))
    assert {each["id"]: each["base"] for each in answer["annotations"]} == {"left": top, "bottom": bottom}


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


def test_scribbles_from_a_point_to_the_whole_image_are_answered(api: Api) -> None:
    halves(api)
    ask(api, "left", scribble((40, 20)))
    assert (40, 20) in pixels(api)["left"]
    ask(api, "right", scribble(*((x, y) for y in range(0, 48, 4) for x in (0, 64))))
    assert len(pixels(api)["right"]) > WIDTH * HEIGHT / 2
    assert "outside" in refused(api, "left", scribble((3, 3), (900, 3)))


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

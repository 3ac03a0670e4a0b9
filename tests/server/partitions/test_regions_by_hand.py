"""Regions beside masks that were drawn, merged, split, deleted or made by another model."""

from ..api import Api, annotation, box_shape, click
from .scribbling import LEFT, ask, extremes, halves, mask_of, pixels, pixels_of, scribble


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


def test_segment_goes_on_from_a_region_and_regions_from_what_it_made(api: Api) -> None:
    halves(api)
    shape = mask_of(api, "left")
    clicked = api.respond("left", click(16, 16))["annotations"][0]
    assert (clicked["base"], [p["type"] for p in clicked["prompts"]]) == (shape, ["click"])
    extended = ask(api, "left", scribble((10, 10), (12, 10)))["annotations"][0]
    assert extended["base"] == clicked["shape"]
    assert [prompt["type"] for prompt in extended["prompts"]] == ["scribble"]


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

"""Prompts, and the answers that are stored with them."""

import pytest

from .api import RED_BOX, Api, annotation, box_shape, click, pixels, words


def test_a_box_is_answered_and_a_click_corrects_it(api: Api) -> None:
    first = api.respond("o", RED_BOX, seconds=7.5)
    assert pixels(first["annotations"][0]["shape"]).xyxy == (8, 8, 24, 24)
    assert first["annotations"][0]["state"] == "proposed"
    assert words(first) == ("box", None)
    second = api.respond("o", click(40, 30), seconds=2)
    both = second["annotations"][0]
    assert pixels(both["shape"]).area >= pixels(first["annotations"][0]["shape"]).area
    assert [prompt["type"] for prompt in both["prompts"]] == ["box", "click"]
    assert both["prompts"][1]["round"] == 1
    assert both["provenance"]["weights"] == "colour-1"
    assert both["provenance"]["predicted_quality"] == pytest.approx(1 - 0.5 / 3)
    assert second["model_ms"] > 0
    summary = second["image"]
    assert (summary["clicks"], summary["seconds"], summary["proposed"]) == (1, 9.5, 1)
    assert summary["worst_quality"] == both["provenance"]["predicted_quality"]


def test_a_click_alone_starts_an_object(api: Api) -> None:
    made = api.respond("o", click(40, 30))["annotations"][0]
    assert made["prompts"] == [{"type": "click", "x": 40, "y": 30, "adds": True, "round": 1}]
    assert pixels(made["shape"]).area > 300


def test_extreme_points_start_an_object(api: Api) -> None:
    points = [[8, 12], [24, 12], [12, 8], [12, 24]]
    made = api.respond("o", {"type": "extreme_points", "points": points})["annotations"][0]
    assert pixels(made["shape"]).xyxy == (8, 8, 24, 24)


def test_everything_is_there_after_reloading(api: Api) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    drawn = api.edit(annotation("p", box_shape()))["annotations"][0]
    assert api.annotations() == [made, drawn]
    assert words(api.get("images/1")) == ("box", None)


def test_a_prompt_on_an_accepted_annotation_keeps_it_accepted_and_undo_restores_it(api: Api) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    accepted = api.edit(made | {"state": "accepted"}, "accept")["annotations"][0]
    corrected = api.respond("o", click(40, 30))["annotations"][0]
    assert (corrected["state"], len(corrected["prompts"])) == ("accepted", 2)
    assert api.undo()["annotations"][0] == accepted


def test_a_hand_made_shape_is_reopened_and_corrected(api: Api) -> None:
    ring = {"type": "polygons", "rings": [[8, 8, 24, 8, 24, 24, 8, 24]]}
    drawn = api.edit(annotation("p", ring), "polygon")["annotations"][0]
    opened = api.respond("p", click(40, 30))["annotations"][0]
    assert (opened["base"], opened["state"]) == (drawn["shape"], "accepted")
    area = pixels(opened["shape"]).area
    assert area >= 16 * 16 + 300, "the base is kept and the clicked square joins it"
    further = api.respond("p", click(12, 12, adds=False))["annotations"][0]
    assert pixels(further["shape"]).area < area


def test_a_request_for_another_mask_is_a_round_of_its_own_that_undo_takes_back(api: Api) -> None:
    first = api.respond("o", click(40, 30))["annotations"][0]
    asked = api.respond("o", {"type": "another_mask"})
    assert asked["annotations"][0]["prompts"][1:] == [{"type": "another_mask", "round": 2}]
    assert words(asked) == ("another_mask", None)
    assert asked["image"]["clicks"] == 1, "a key is no click"
    api.undo()
    assert api.annotations() == [first]


def test_a_scribble_is_no_prompt_of_one_object(api: Api) -> None:
    body = {"annotation_id": "o", "class_id": 1, "prompts": [{"type": "scribble", "points": [[1, 1], [9, 9]]}]}
    says = "no model in this project accepts the prompts 'scribble'; use others"
    assert api.refused("images/1/respond", body, 422) == says
    says = (
        "the model 'segment' accepts clicks, boxes, extreme points, masks and requests for another mask, not scribbles"
    )
    assert api.refused("images/1/respond", body | {"method": "segment"}, 422) == says
    assert api.annotations() == []


def test_who_made_an_annotation_is_not_for_a_client_to_say(api: Api) -> None:
    claimed = {"person": "eve", "method": "segment", "weights": "x", "round": 3, "predicted_quality": 1.0}
    made = api.edit(annotation("p", box_shape(), provenance=claimed))["annotations"][0]
    own = {"person": "local", "method": "manual", "weights": "", "round": 0, "predicted_quality": None}
    assert made["provenance"] == own
    moved = made | {"shape": box_shape(3), "provenance": claimed}
    assert api.edit(moved, "move")["annotations"][0]["provenance"] == own

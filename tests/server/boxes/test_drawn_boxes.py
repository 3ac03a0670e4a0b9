"""Boxes that a person draws around examples of a class: suggested as drawn, examples elsewhere, refused, undone."""

import pytest

from fewclicks.application.understood import understood
from fewclicks.methods.detect import DETECT
from fewclicks.methods.spec import Role
from fewclicks.prompts import BoxPrompt, ClassClick, Click
from fewclicks.store.project import Project
from fewclicks.store.replay import replay_proposals

from ..api import Api, Json
from .clicking import CAT, RED

DRAWN = [3.0, 3.5, 11.0, 10.5]  # around the first red square, a little too large


def box(xyxy: list[float], x: float | None = None) -> Json:
    x0, y0, x1, y1 = xyxy
    return {"type": "class_click", "x": (x0 + x1) / 2 if x is None else x, "y": (y0 + y1) / 2, "class_id": CAT} | {
        "xyxy": xyxy
    }


def ends(boxes: list[list[float]]) -> list[list[float]]:
    return [[cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2] for cx, cy, w, h, _ in boxes]


def test_a_drawn_box_is_suggested_as_drawn_and_the_other_objects_as_found(api: Api, project: Project) -> None:
    answer = api.ok("images/1/respond", {"method": "detect", "prompts": [box(DRAWN)]})["proposals"]
    assert (ends(answer["boxes"])[0], answer["scores"][0]) == (DRAWN, 1)
    assert sorted(ends(answer["boxes"])[1:]) == [[x, y, x + 6, y + 6] for x, y in RED[1:]]
    assert [click["xyxy"] for click in answer["clicks"]] == [DRAWN]
    stored = api.get("images/1")["proposals"]
    assert stored == answer
    with project.reading() as log:
        assert replay_proposals(log.events()) == {1: log.proposals(1)}
    assert api.undo()["proposals"]["clicks"] == []
    assert api.redo()["proposals"] == answer


def test_a_drawn_box_is_removed_with_its_box_only(api: Api) -> None:
    api.ok("images/1/respond", {"method": "detect", "prompts": [box(DRAWN)]})
    only_click = {name: value for name, value in box(DRAWN).items() if name != "xyxy"}
    body = {"method": "detect", "removed": [only_click]}
    assert "cannot remove the click of class 1" in api.refused("images/1/respond", body, 422)
    answer = api.ok("images/1/respond", {"method": "detect", "removed": [box(DRAWN)]})["proposals"]
    assert (answer["clicks"], answer["boxes"]) == ([], [])


def test_drawn_boxes_are_examples_in_other_images(api: Api) -> None:
    api.ok("images/1/respond", {"method": "detect", "prompts": [box(DRAWN), box([15, 3, 23, 11])]})
    answer = api.ok("images/2/respond", {"method": "detect"})["proposals"]
    assert sorted(ends(answer["boxes"])) == [[x, y, x + 6, y + 6] for x, y in RED]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (box([3, 3, 70, 10], x=5), "not inside the 64x48 image"),
        (box([9, 3, 3, 10], x=5), "box"),
        (box(DRAWN, x=30), "is outside its box"),
    ],
)
def test_boxes_that_cannot_be_are_refused_in_one_line(api: Api, wrong: Json, message: str) -> None:
    assert message in api.refused("images/1/respond", {"method": "detect", "prompts": [wrong]}, 422)
    assert api.get("images/1")["proposals"]["clicks"] == []


def test_a_model_of_clicks_gets_the_middle_of_a_box() -> None:
    prompts = (BoxPrompt(0, 2, 4, 8, class_id=3), ClassClick(1, 1, 3))
    clicks_alone = Role("clicks", "boxes", (ClassClick,), open="nowhere:nothing")
    assert understood(clicks_alone, prompts) == (ClassClick(2, 5, 3), ClassClick(1, 1, 3))
    assert understood(DETECT, prompts) == prompts
    of_masks = Role("masks", "mask", (Click,), open="nowhere:nothing")
    assert understood(of_masks, prompts) == prompts

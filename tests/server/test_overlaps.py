"""Answers about one object, and the pixels of other accepted objects."""

from fewclicks.geometry.masks import Mask

from .api import RED_BOX, Api, Json, annotation, click, pixels

HALF: Json = {"type": "polygons", "rings": [[8, 8, 16, 8, 16, 24, 8, 24]]}
WHOLE: Json = {"type": "polygons", "rings": [[0, 0, 30, 0, 30, 30, 0, 30]]}
LEAVES_HALF = (16, 8, 24, 24)
RED_SQUARE = (8, 8, 24, 24)


def answered(api: Api, name: str, *prompts: Json, **values: object) -> Mask:
    return pixels(api.respond(name, *prompts, **values)["annotations"][0]["shape"])


def accepted(api: Api, name: str, shape: Json, **values: object) -> Json:
    made: Json = api.edit(annotation(name, shape, **values), "polygon")["annotations"][0]
    return made


def allow_overlaps(api: Api, class_id: int = 1) -> None:
    classes = [row | {"overlaps": row["id"] == class_id} for row in api.get("project")["classes"]]
    api.classes(*classes, image_id=1)


def test_an_answer_takes_no_pixels_of_an_accepted_object(api: Api) -> None:
    other = accepted(api, "p", HALF)
    assert answered(api, "o", RED_BOX).xyxy == LEAVES_HALF
    assert api.annotations()[0] == other


def test_neither_does_a_correction_or_a_second_attempt(api: Api) -> None:
    accepted(api, "p", HALF)
    api.respond("o", RED_BOX)
    assert answered(api, "o", click(20, 20)).xyxy == LEAVES_HALF
    api.edit(api.annotations()[1] | {"state": "accepted"}, "accept")
    assert answered(api, "o", click(20, 22)).xyxy == LEAVES_HALF
    again = api.ok("images/1/retry", {"annotation_id": "o"})["annotations"][0]
    assert pixels(again["shape"]).xyxy == LEAVES_HALF


def test_a_correction_starts_from_the_uncut_answer(api: Api) -> None:
    other = accepted(api, "p", HALF)
    assert answered(api, "o", RED_BOX).xyxy == LEAVES_HALF
    api.edit(other | {"state": "deleted"}, "delete")
    assert answered(api, "o", click(20, 20)).xyxy == RED_SQUARE


def test_suggestions_deleted_objects_and_boxes_protect_no_pixels(api: Api) -> None:
    accepted(api, "p", HALF, state="proposed")
    api.edit(accepted(api, "q", HALF) | {"state": "deleted"}, "delete")
    accepted(api, "b", {"type": "box", "xyxy": [8, 8, 16, 24]})
    assert answered(api, "o", RED_BOX).xyxy == RED_SQUARE


def test_a_click_in_an_accepted_object_allows_its_pixels(api: Api) -> None:
    accepted(api, "p", HALF)
    assert answered(api, "o", click(12, 12)).xyxy == RED_SQUARE
    assert answered(api, "n", click(20, 12)).xyxy == LEAVES_HALF
    assert answered(api, "n", click(2, 2, adds=False)).xyxy == LEAVES_HALF
    assert answered(api, "n", click(12, 12)).xyxy == RED_SQUARE


def test_a_removing_click_in_an_accepted_object_allows_nothing(api: Api) -> None:
    accepted(api, "p", HALF)
    api.respond("o", RED_BOX)
    assert answered(api, "o", click(12, 40, adds=False)).xyxy == LEAVES_HALF


def test_a_class_that_may_overlap_is_neither_clipped_nor_protected(api: Api) -> None:
    accepted(api, "p", HALF, class_id=2)
    allow_overlaps(api, 1)
    assert answered(api, "nucleus", RED_BOX, class_id=1).xyxy == RED_SQUARE
    api.edit(api.annotations()[1] | {"state": "accepted"}, "accept")
    assert answered(api, "cell", RED_BOX, class_id=2).xyxy == LEAVES_HALF, "its own class may not"


def test_an_object_keeps_the_pixels_that_it_shares_already(api: Api) -> None:
    accepted(api, "p", HALF)
    accepted(api, "o", WHOLE)
    assert answered(api, "o", click(40, 30)).iou(answered(api, "o", click(40, 31))) == 1
    assert answered(api, "o", click(40, 30)).crop[8:24, 8:16].all(), "a correction makes no hole"


def test_an_answer_of_which_nothing_is_left_is_refused_and_says_what_to_do(api: Api) -> None:
    other = accepted(api, "p", WHOLE)
    body = {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}
    assert api.refused("images/1/respond", body, 422) == (
        "other accepted objects cover the whole mask; "
        "click inside one of them, or edit the class 'cat' to allow overlaps"
    )
    assert api.annotations() == [other]
    allow_overlaps(api)
    assert answered(api, "o", RED_BOX).xyxy == RED_SQUARE


def test_an_answer_that_was_empty_before_is_stored(api: Api) -> None:
    accepted(api, "p", HALF)
    made = api.respond("o", click(40, 30, adds=False))["annotations"][0]
    assert (made["state"], pixels(made["shape"]).area) == ("proposed", 0)


def test_the_toggle_is_stored_with_the_class_and_undone(api: Api) -> None:
    assert [row["overlaps"] for row in api.get("project")["classes"]] == [False, False]
    allow_overlaps(api)
    assert [row["overlaps"] for row in api.get("project")["classes"]] == [True, False]
    assert [row["overlaps"] for row in api.undo()["classes"]] == [False, False]

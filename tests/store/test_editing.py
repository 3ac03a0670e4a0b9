from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fewclicks.errors import ConflictError, FewclicksError, InputError
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Provenance
from fewclicks.store.editing import answered, edited, prompted
from fewclicks.store.shapes import covered_box, shape_to_json
from fewclicks.store.snapshots import Snapshot

SIZE = (48, 64)
MODEL = Provenance(method="segment", weights="w1")
START = Snapshot("a", 1, 1, "proposed", None, provenance=MODEL)
BOX = {"type": "box", "xyxy": [1.0, 2.0, 30.0, 40.0]}


def click(x: float = 5.0, y: float = 5.0, adds: bool = True) -> dict[str, Any]:
    return {"type": "click", "x": x, "y": y, "adds": adds, "round": 0}


def mask(x: int = 3) -> dict[str, Any]:
    full = np.zeros(SIZE, bool)
    full[2:9, x : x + 7] = True
    return shape_to_json(Mask.from_full(full))


def rounds(snapshot: Snapshot) -> list[int | None]:
    return [prompt.get("round") for prompt in snapshot.prompts]


def proposal() -> Snapshot:
    """A box and a click, answered by the model."""
    asked = prompted(prompted(None, START, [BOX], SIZE), START, [click()], SIZE)
    return answered(asked, mask(), 0.8, MODEL)


def test_rounds_count_up_and_boxes_have_none() -> None:
    one = prompted(None, START, [BOX], SIZE)
    two = prompted(one, START, [click(), click(6)], SIZE)
    three = prompted(two, START, [click(7)], SIZE)
    assert rounds(three) == [None, 1, 1, 2]
    assert rounds(prompted(None, START, [click()], SIZE)) == [1]
    assert rounds(prompted(None, START, [BOX, click()], SIZE)) == [None, 1]


def test_the_client_does_not_choose_the_round() -> None:
    assert rounds(prompted(None, START, [click() | {"round": 9}], SIZE)) == [1]


def test_prompts_on_an_accepted_annotation_keep_it_accepted() -> None:
    accepted = replace(proposal(), state="accepted")
    assert prompted(accepted, START, [click()], SIZE).state == "accepted"


def test_prompts_go_on_with_an_answer_of_the_same_model() -> None:
    again = prompted(proposal(), START, [click(9)], SIZE)
    assert (again.base, rounds(again), again.shape) == (None, [None, 1, 2], mask())


@pytest.mark.parametrize("made", [Provenance(), Provenance(method="import")])
def test_a_shape_made_otherwise_becomes_the_base(made: Provenance) -> None:
    stored = Snapshot("a", 1, 1, "accepted", mask(), provenance=made)
    asked = prompted(stored, START, [click()], SIZE)
    assert (asked.base, rounds(asked), asked.state) == (mask(), [1], "accepted")
    goes_on = prompted(answered(asked, mask(4), 0.5, MODEL), START, [click()], SIZE)
    assert (goes_on.base, rounds(goes_on)) == (mask(), [1, 2])


def test_an_answer_of_other_weights_becomes_the_base() -> None:
    asked = prompted(proposal(), replace(START, provenance=replace(MODEL, weights="w2")), [click()], SIZE)
    assert (asked.base, rounds(asked)) == (mask(), [1])


@pytest.mark.parametrize("made", [Provenance(), Provenance(method="import"), replace(MODEL, weights="old")])
def test_prompts_that_no_model_answered_are_not_forgotten(made: Provenance) -> None:
    prompts = ({"type": "box", "xyxy": [0.0, 0.0, 9.0, 9.0]},) if made.method == "segment" else ()
    stored = Snapshot("a", 1, 1, "accepted", mask(), prompts=prompts, provenance=made)
    once = prompted(stored, START, [click()], SIZE)
    twice = prompted(once, START, [click(6)], SIZE)
    assert (twice.base, rounds(twice)) == (mask(), [1, 2])


def test_a_stored_box_becomes_the_first_prompt() -> None:
    stored = Snapshot("a", 1, 1, "accepted", BOX)
    asked = prompted(prompted(stored, START, [click()], SIZE), START, [click()], SIZE)
    assert (asked.base, asked.prompts[0], rounds(asked)) == (None, BOX, [None, 1, 2])


def test_the_answer_keeps_the_person_and_says_what_made_it() -> None:
    asked = prompted(None, replace(START, provenance=replace(MODEL, person="ada")), [click()], SIZE)
    made = answered(asked, mask(), None, MODEL).provenance
    assert made == Provenance("ada", "segment", "w1", 1, None)


def test_an_edit_without_a_new_shape_keeps_prompts_base_and_provenance() -> None:
    before = proposal()
    wanted = Snapshot("a", 1, 2, "accepted", before.shape, crowd=True)
    assert edited(before, wanted, "accept", SIZE) == replace(before, class_id=2, state="accepted", crowd=True)


def test_a_new_shape_is_hand_work() -> None:
    after = edited(proposal(), replace(proposal(), shape=mask(9)), "paint", SIZE)
    assert (after.shape, after.prompts, after.base, after.provenance) == (mask(9), (), None, Provenance())


def test_the_box_of_a_mask_is_made_tight() -> None:
    sent = mask() | {"xyxy": [0, 0, 64, 48]}
    assert edited(None, Snapshot("a", 1, 1, "accepted", sent), "paint", SIZE).shape == mask()


def test_prompts_without_an_answer_can_be_relabelled_but_not_accepted() -> None:
    waiting = prompted(None, START, [BOX], SIZE)
    assert edited(waiting, replace(waiting, class_id=2), "class", SIZE).class_id == 2
    with pytest.raises(InputError, match="the annotation has no shape; wait"):
        edited(waiting, replace(waiting, state="accepted"), "accept", SIZE)


def polygon(*ring: float) -> dict[str, Any]:
    return {"type": "polygons", "rings": [list(ring)]}


def oriented_box(**values: float) -> dict[str, Any]:
    return {"type": "oriented_box", "cx": 20.0, "cy": 30.0, "w": 8.0, "h": 4.0, "angle": 0.5, **values}


def test_coordinates_are_kept_to_a_millionth_of_a_pixel() -> None:
    box = {"type": "box", "xyxy": [1.00000012, 2.5, 30.1234567, 40.0]}
    stored = edited(None, Snapshot("a", 1, 1, "accepted", box), "box", SIZE).shape
    assert stored == {"type": "box", "xyxy": [1.0, 2.5, 30.123457, 40.0]}
    drawn = polygon(0, 0, 20.00000049, 0, 20, 20)
    assert edited(None, Snapshot("a", 1, 1, "accepted", drawn), "polygon", SIZE).shape == polygon(0, 0, 20, 0, 20, 20)


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "point", "x": x, "y": y}


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (64.0, 48.0), (3.25, 7.0)])
def test_a_point_is_kept_where_it_is_the_borders_of_the_image_included(x: float, y: float) -> None:
    assert edited(None, Snapshot("a", 1, 1, "accepted", point(x, y)), "box", SIZE).shape == point(x, y)


def test_a_point_is_kept_to_a_millionth_of_a_pixel_and_covers_no_box() -> None:
    stored = edited(None, Snapshot("a", 1, 1, "accepted", point(3.00000012, 64 - 20.0000004)), "box", SIZE).shape
    assert stored == point(3.0, 44.0)
    assert covered_box(stored) == (0, 0, 0, 0)


def test_an_oriented_box_is_kept_in_its_canonical_form() -> None:
    turned = oriented_box(angle=0.5 - 3 * 1.5707963267948966, w=4.0, h=8.0)
    assert edited(None, Snapshot("a", 1, 1, "accepted", turned), "box", SIZE).shape == oriented_box()
    assert edited(None, Snapshot("a", 1, 1, "accepted", oriented_box()), "box", SIZE).shape == oriented_box()


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (None, "has no shape; draw one"),
        ({"type": "box", "xyxy": [5.0, 5.0, 5.0, 9.0]}, "x0 < x1"),
        ({"type": "box", "xyxy": [9.0, 5.0, 5.0, 9.0]}, "x0 < x1"),
        ({"type": "box", "xyxy": [100.0, 0.0, 110.0, 9.0]}, "outside the image of 64x48"),
        ({"type": "polygons", "rings": []}, "no vertices; use at least one ring"),
        (oriented_box(w=0), "above 0, got 0 and 4"),
        (oriented_box(h=-2), "above 0, got 8 and -2"),
        (oriented_box(cx=100), "outside the image of 64x48"),
        (
            {"type": "polygons", "rings": [[-1e30, -1e30, 1e30, 1e30, -1e30, 1e30]]},
            r"1e\+30 is outside the limit; use at most 1,0",
        ),
        ({"type": "box", "xyxy": [-1000001.0, 0.0, 10.0, 9.0]}, "the coordinate 1e[+]06 is outside the limit"),
        (oriented_box(w=float("inf")), "the coordinate inf is outside the limit"),
        (point(64.1, 5), "the point at 64.1, 5 is outside the image of 64x48 pixels; move it inside"),
        (point(5, -0.1), "the point at 5, -0.1 is outside"),
        (point(float("nan"), 5), "the coordinate nan is outside the limit"),
        (polygon(0, 0, 5, 5), "at least 3 polygon vertices with an x and a y each, got 4 numbers"),
        (polygon(0, 0, 5, 5, 9, 9, 1), "at least 3 polygon vertices with an x and a y each, got 7 numbers"),
        (polygon(100, 100, 120, 100, 110, 120), "covers no pixel"),
        (
            {"type": "mask", "size": [10, 10], "counts": "T3", "xyxy": [0, 0, 1, 1]},
            "a mask of 64x48 pixels, the size of its image, got 10x10",
        ),
        ({"type": "mask", "size": [48, 64], "counts": "", "xyxy": [0, 0, 1, 1]}, "run lengths"),
        ({"type": "mask", "size": [48, 64], "counts": "!!", "xyxy": [0, 0, 1, 1]}, "run lengths"),
        ({"type": "mask", "size": [48, 64], "counts": "0000", "xyxy": [0, 0, 1, 1]}, "add up to"),
        (shape_to_json(Mask.empty(SIZE)), "covers no pixel"),
    ],
)
def test_a_shape_that_fits_no_image_is_refused(shape: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        edited(None, Snapshot("a", 1, 1, "accepted" if shape else "proposed", shape), "box", SIZE)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (click(-1), "click at -1, 5 is outside"),
        (click(65), "outside the image of 64x48"),
        ({"type": "box", "xyxy": [3.0, 3.0, 3.0, 3.0]}, "x0 < x1"),
        ({"type": "box", "xyxy": [70.0, 3.0, 80.0, 9.0]}, "is outside the image"),
        ({"type": "extreme_points", "points": [[1.0, 1.0]] * 4}, "extreme points .* lie on one line"),
        ({"type": "scribble", "points": [[1.0, 1.0], [70.0, 1.0]]}, "scribble at 70, 1 is outside"),
    ],
)
def test_a_prompt_outside_the_image_is_refused(prompt: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        prompted(None, START, [prompt], SIZE)


@pytest.mark.parametrize(
    ("kind", "changes", "error"),
    [
        ("accept", {"state": "proposed"}, InputError),
        ("delete", {"state": "accepted"}, InputError),
        ("class", {"shape": None}, InputError),
        ("class", {"image_id": 2}, ConflictError),
    ],
)
def test_an_edit_has_to_be_what_it_says(kind: str, changes: dict[str, Any], error: type[FewclicksError]) -> None:
    with pytest.raises(error):
        edited(proposal(), replace(proposal(), **changes), kind, SIZE)


def test_a_deleted_annotation_takes_no_prompts() -> None:
    with pytest.raises(ConflictError, match="is deleted"):
        prompted(replace(proposal(), state="deleted"), START, [click()], SIZE)

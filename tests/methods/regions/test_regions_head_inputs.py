import numpy as np
import pytest

from fewclicks.methods.regions.inference.annotation_maps import GRID, annotation_maps, head_prompts
from fewclicks.methods.regions.inference.head_inputs import head_inputs, region_window
from fewclicks.methods.regions.inference.region_prompts import sort_by_region
from fewclicks.prompts import ExtremePoints, Scribble

SIZE = (100, 200)
A = ExtremePoints(((50, 10), (10, 50), (50, 90), (90, 50)), "a")
B = ExtremePoints(((150, 20), (110, 50), (150, 80), (190, 50)), "b")


def maps_of(*prompts: ExtremePoints | Scribble) -> np.ndarray:
    """Box, own and others' annotations of the region a."""
    return annotation_maps(head_inputs(sort_by_region(prompts, SIZE))["a"])


def cell(x: float, y: float) -> tuple[int, int]:
    window = region_window((10, 10, 90, 90))
    ((column, row),) = window.to_map(np.array([[x, y]]), GRID).astype(int)
    return int(row), int(column)


def test_the_window_is_the_box_and_a_fifth_more() -> None:
    assert region_window((10, 10, 90, 90)) == region_window((10.2, 9.8, 90.1, 90))
    assert (region_window((10, 10, 90, 90)).width, region_window((10, 10, 90, 90)).x0) == (96, 2)
    assert region_window((10, 10, 90, 30)).height == 24  # each side by itself, as in RoIAlign


def test_own_annotations_and_those_of_others_are_two_maps() -> None:
    box, own, others = maps_of(A, B, Scribble(((60, 50), (80, 50)), "a"), Scribble(((92, 40), (92, 60)), "b"))
    assert box[cell(50, 50)] == 255
    assert box[cell(5, 5)] == 0
    for x, y in (*A.points_xy[1:2], (70, 50)):
        assert own[cell(x, y)] > 128
        assert others[cell(x, y)] == 0
    assert others[cell(92, 41)] > 128
    assert own[cell(92, 41)] == 0


@pytest.mark.parametrize("x", [95, 150])
def test_what_does_not_meet_the_box_leaves_no_trace(x: float) -> None:
    far = Scribble(((x, 40), (x, 60)), "b")
    np.testing.assert_array_equal(maps_of(A, B), maps_of(A, B, far))
    before, after = (head_inputs(sort_by_region(prompts, SIZE)) for prompts in ((A, B), (A, B, far)))
    assert before["a"] == after["a"]
    assert before["b"] != after["b"]


def test_a_thin_stroke_is_seen_in_a_large_region() -> None:
    large = ExtremePoints(((1000, 0), (0, 1000), (1000, 2000), (2000, 1000)), "a")
    regions = sort_by_region((large, Scribble(((500, 500), (1500, 500)), "a")), (2000, 2000))
    own = annotation_maps(head_inputs(regions)["a"])[1]
    assert (own[:, GRID // 2] > 128).sum() >= 2


def test_others_are_hidden_where_annotations_are_not_shared() -> None:
    maps = maps_of(A, B, Scribble(((92, 40), (92, 60)), "b"))
    rgb = np.zeros((GRID, GRID, 3), np.uint8)
    assert head_prompts(maps, rgb)[2].any()
    assert not head_prompts(maps, rgb, shared=False)[2].any()

import dataclasses

import numpy as np
import pytest

from fewclicks.errors import FewclicksError, InputError
from fewclicks.geometry.masks import Mask
from fewclicks.labels import NO_EXTRA, Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Point, Polygons
from fewclicks.prompts import BoxPrompt, ExtremePoints


def test_nouns_are_frozen_and_can_be_kept_in_sets() -> None:
    nouns = [
        LabelClass(1, "cell", extra={"keypoints": []}),
        ImageRecord(1, "a.png", 4, 3, {"license": [1]}),
        Annotation("1", 1, 1, Box(0, 0, 1, 1), extra={"keypoints": []}),
        Annotation("3", 1, 1, OrientedBox(1, 1, 2, 1, 0.5)),
        Annotation("2", 1, 1, Mask(np.ones((1, 1), bool), (0, 0), (3, 4))),
        Annotation("4", 1, 1, Point(1.5, 2)),
        Dataset(extra={"info": {}}),
    ]
    assert len(set(nouns)) == len(nouns)
    with pytest.raises(dataclasses.FrozenInstanceError):
        nouns[0].name = "other"  # type: ignore[misc,union-attr]


def test_an_oriented_box_has_its_corners_clockwise_from_the_top_left() -> None:
    box = OrientedBox(5, 6, 4, 2, 0.0)
    assert box.ring == (3, 5, 7, 5, 7, 7, 3, 7)
    assert OrientedBox.from_array(np.array(box.cxcywha, np.float64)) == box


def test_equal_content_is_equal() -> None:
    shape = Polygons(((0.0, 0.0, 1.0, 0.0, 1.0, 1.0),))
    assert Annotation("1", 1, 1, shape, extra={"a": [1]}) == Annotation("1", 1, 1, shape, extra={"a": [1]})
    assert Annotation("1", 1, 1, shape) != Annotation("1", 1, 1, shape, crowd=True)


def test_no_extra_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        NO_EXTRA["a"] = 1  # type: ignore[index]


def test_size_is_height_before_width() -> None:
    assert ImageRecord(1, "a.png", width=4, height=3).size_hw == (3, 4)


def test_extreme_points_in_any_order_give_their_box() -> None:
    points = ((5.0, 1.0), (2.0, 4.0), (6.0, 9.0), (8.0, 3.0))
    for turn in range(4):
        assert ExtremePoints(points[turn:] + points[:turn]).xyxy == BoxPrompt(2, 1, 8, 9).xyxy


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("three\n  lines\nof it"), "three lines of it"),
        (InputError("bad", "a.json"), "a.json: bad"),
        (InputError("bad", "a.json", "line 3"), "a.json: line 3: bad"),
        (InputError("bad", place="line 3"), "line 3: bad"),
    ],
)
def test_an_input_error_is_one_line_from_the_file_to_the_problem(error: InputError, line: str) -> None:
    assert str(error) == line
    assert isinstance(error, FewclicksError)

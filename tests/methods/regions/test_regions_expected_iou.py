"""The predicted IoU of a region: expected intersection by expected union, of independent pixels."""

import numpy as np
import pytest

from fewclicks.methods.regions.inference.annotation_maps import GRID
from fewclicks.methods.regions.inference.expected_iou import LONGEST, expected_ious
from fewclicks.methods.regions.inference.head_inputs import HeadInput, region_window
from fewclicks.methods.regions.inference.labelling import HeadOutput
from fewclicks.prompts import XYXY

LEFT: XYXY = (0.0, 0.0, 20.0, 40.0)
WHOLE: XYXY = (0.0, 0.0, 60.0, 40.0)


def output(xyxy: XYXY, logit: float) -> HeadOutput:
    """A region of the same logit everywhere in its box."""
    return HeadOutput(HeadInput(xyxy, region_window(xyxy), (), ()), np.full((GRID, GRID), logit, np.float32))


def labelled(left: int, right: int = 1, scale: int = 1) -> np.ndarray:
    labels = np.full((40 * scale, 60 * scale), right, np.uint16)
    labels[:, : 20 * scale] = left
    return labels


def test_a_region_without_a_rival_has_no_prediction() -> None:
    assert expected_ious({"a": output(LEFT, -3)}, labelled(1, 0)) == {}
    beside = {"left": output(LEFT, 2), "right": output((18.0, 0.0, 60.0, 40.0), 1)}  # a tenth and a twentieth overlap
    assert expected_ious(beside, labelled(1, 2)) == {}


def test_the_pixels_of_two_regions_count_with_their_probabilities() -> None:
    outputs = {"whole": output(WHOLE, 0), "left": output(LEFT, np.log(3))}  # 1/4 and 3/4 in the left third
    assert expected_ious(outputs, labelled(2)) == {
        "whole": pytest.approx(40 / (40 + 20 / 4)),
        "left": pytest.approx((20 * 3 / 4) / 20),
    }
    assert expected_ious(outputs, labelled(1)) == {
        "whole": pytest.approx((40 + 20 / 4) / 60),
        "left": pytest.approx(0),
    }


def test_large_logits_are_finite() -> None:
    found = expected_ious({"whole": output(WHOLE, -500), "left": output(LEFT, 500)}, labelled(2))
    assert found == {"whole": pytest.approx(1), "left": pytest.approx(1)}
    covered = {"below": output(LEFT, -500), "above": output(LEFT, 500)}
    assert expected_ious(covered, labelled(2, 0)) == {"below": 0, "above": pytest.approx(1)}


def test_a_large_image_has_the_same_prediction() -> None:
    scale = 2 * LONGEST // 60
    boxes = [(x0 * scale, y0 * scale, x1 * scale, y1 * scale) for x0, y0, x1, y1 in (WHOLE, LEFT)]
    outputs = {"whole": output(boxes[0], 0), "left": output(boxes[1], np.log(3))}
    found = expected_ious(outputs, labelled(2, scale=scale))
    assert found == {"whole": pytest.approx(8 / 9, abs=0.01), "left": pytest.approx(3 / 4, abs=0.01)}


def test_a_region_between_the_cells_has_no_prediction() -> None:
    speck: XYXY = (0.0, 0.0, 1.0, 1.0)
    labels = np.ones((10, 20 * LONGEST), np.uint16)
    assert expected_ious({"speck": output(speck, 0)}, labels) == {}
